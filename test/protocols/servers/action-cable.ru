# Action Cable alone, for puma. It logs as log.mjs does, but to stderr: stdout is puma's.
require 'action_cable'
require 'json'

# A client's connection in the log, from its open to its close.
class Logged
  @lock = Mutex.new
  @opened = @open = 0

  class << self
    attr_reader :open

    def opened
      @lock.synchronize do
        @open += 1
        "#{Process.pid}-#{@opened += 1}"
      end
    end

    def closed
      @lock.synchronize { @open -= 1 }
    end

    def write(event, fields)
      @lock.synchronize do
        warn({ time: Time.now.utc.iso8601(3), event: event, **fields }.to_json)
      end
    end
  end

  def initialize(params)
    @opened_at = milliseconds
    @who = {
      client_id: Logged.opened,
      session_id: params[:session_id],
      connection_sequence: params[:connection_sequence].to_i
    }
    Logged.write :connection_opened, @who
  end

  def close(code)
    duration = milliseconds - @opened_at
    Logged.write :connection_closed, { **@who, close_code: code, duration_ms: duration }
    Logged.closed
  end

  private

  def milliseconds
    Process.clock_gettime(Process::CLOCK_MONOTONIC, :millisecond)
  end
end

# Its clients go too when a run ends, and each close is to be in the log.
at_exit { sleep 0.01 until Logged.open.zero? }

class Connection < ActionCable::Connection::Base
  def connect
    token = ENV['TOKEN']
    reject_unauthorized_connection if token && request.params[:token] != token
    @logged = Logged.new(request.params)
  end

  def on_close(reason, code)
    @logged&.close(code)
    super
  end
end

class RoomChannel < ActionCable::Channel::Base
end

class ClosedChannel < ActionCable::Channel::Base
  def subscribed
    reject
  end
end

ActionCable.server.config.tap do |config|
  config.cable = { 'adapter' => 'async' }
  config.connection_class = -> { Connection }
  config.disable_request_forgery_protection = true
  config.logger = Logger.new(nil)
end

map('/cable') { run ActionCable.server }
