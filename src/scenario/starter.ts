/** What `init` writes: every common field, with the reason to change it. Runs for about 6 seconds. */
export const STARTER_SCENARIO = `# A scenario for wsdiag: clients, a server, and the faults that happen to them.
# Every field but name, duration and clients.count has a default and may go.

name: my-first-storm # names the run directory
description: Drops, reloads and a deploy, with every session followed through them.
# seed: 42           # fixes who is hit; without it, each run draws one and prints it

duration: 5s # faults happen within this time
settle: 5s # afterwards, everyone must be connected again within this time

clients:
  count: 20
  ramp_up: 500ms # their first dials are spread over this time
  handshake: frame # or query: the hello travels in the upgrade request
  backoff: # waits between dials
    policy: full-jitter # none, fixed, uniform, exponential, full-jitter, equal-jitter, decorrelated-jitter
    base: 100ms
    max: 2s
  connect_timeout: 2s # a dial without a welcome is given up
  as: chromium # or firefox, or node: whose habits they have
  heartbeat:
    message: 1s # the server sends one this often, for a page can't hear pings
    timeout: 2s # a server not heard of for this long is taken for dead
  min_uptime: 500ms # a connection that lived this long resets the backoff

server:
  heartbeat:
    interval: 500ms # every client is pinged this often
    timeout: 1500ms # a client not heard of for this long is given up
  handshake_timeout: 2s

timeline:
  # The network: connections die without a close frame, so both sides see 1006.
  - at: 1s
    fault: drop
    how: rst # or fin, or silent for half-open connections
    share: 40% # or count: 8, or neither for everyone

  # The users: F5, three times within half a second.
  - at: 2s
    fault: refresh
    times: 3
    within: 500ms
    count: 4

  # Again and again: one client closes its connection itself.
  - every: 500ms
    from: 1500ms
    until: 3s
    fault: close
    by: client
    code: 4000
    count: 1

  # The deploy: everyone gets 1012, and nobody gets in for half a second.
  - at: 3s
    fault: restart_server
    how: graceful
    down_for: 500ms

expect: # beside the checks, which always hold
  unrecovered_sessions: 0
  recovery_p95: "< 4s"
  peak_attempts_per_second: "< 200"
`;
