import type { METRICS } from './metrics.ts';

/** What each metric measures, for JSON Schemas and the reference. */
export const METRIC_MEANINGS: Record<keyof typeof METRICS, string> = {
  sessions: 'Sessions in the logs.',
  attempts: 'Dials.',
  welcomed: 'Connections that got a welcome.',
  failed_attempts: 'Dials that never got a welcome.',
  losses:
    'Connections that ended under a page that stayed, or by its reload or navigation; by a server’s log alone, those that nobody meant to end. Tabs that close or crash lose none.',
  unrecovered_sessions: 'Sessions that were not connected at the end though their tab was open.',
  given_up_sessions:
    'Sessions whose page gave up for good at a close code, and that were not connected again. They are not lost.',
  recovery_p50: "From a loss to the session's next welcome: median.",
  recovery_p95: "From a loss to the session's next welcome: 95th percentile.",
  recovery_p99: "From a loss to the session's next welcome: 99th percentile.",
  recovery_max: "From a loss to the session's next welcome: longest.",
  peak_attempts_per_second:
    'Most dials in any second; by a server’s log alone, most opens and rejected handshakes.',
  peak_sessions_down:
    'Most sessions without a connection at one time; by a server’s log alone, 5 minutes at most after each loss, at 32,768 times spread over the log.',
  reconnects: 'Connections after the first of their session.',
  reconnects_max: 'The same of the session that has most.',
  flapping_sessions:
    'Sessions that lost three connections or more in a row within a second of opening them.',
  peak_connections:
    'Most connections at one time, of 32,768 spread over the log; not measured across servers, whose clocks are not compared.',
  connections_of_session_max: 'Most connections of one session at one time.',
  rejected_handshakes: 'Handshakes the server refused.',
  sequence_max: 'Highest `connection_sequence`.',
  event_loop_delay_p99:
    'Delay of the event loop, 99th percentile, of the client or the server process: whichever is larger.',
};

export const PERCENTILE_MEANING =
  "From a loss to the session's next welcome: any other percentile from 1 to 99, such as `recovery_p90`.";
