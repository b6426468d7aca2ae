import type { FindingCode } from '../core/findings.ts';
import type { MetricName } from '../core/metrics.ts';

/** What each metric measures, for the JSON Schema and the reference. */
export const METRIC_MEANINGS: Record<MetricName, string> = {
  sessions: 'Sessions in the logs.',
  attempts: 'Dials.',
  welcomed: 'Connections that got a welcome.',
  failed_attempts: 'Dials that never got a welcome.',
  losses: 'Connections that ended while their tab stayed open.',
  unrecovered_sessions: 'Sessions that were not connected at the end though their tab was open.',
  recovery_p50: "From a loss to the session's next welcome: median.",
  recovery_p95: "From a loss to the session's next welcome: 95th percentile.",
  recovery_p99: "From a loss to the session's next welcome: 99th percentile.",
  recovery_max: "From a loss to the session's next welcome: longest.",
  peak_attempts_per_second: 'Most dials in any second.',
  peak_sessions_down: 'Most sessions without a connection at one time.',
  rejected_handshakes: 'Handshakes the server refused.',
  sequence_max: 'Highest `connection_sequence`.',
  event_loop_delay_p99:
    'Delay of the event loop, 99th percentile, of the client or the server process: whichever is larger.',
};

/** What is wrong with each finding, for the reference. */
export const FINDING_MEANINGS: Record<FindingCode, string> = {
  'sequence-not-increasing': "A session's later connection has a lower number.",
  'sequence-duplicated': 'Two connections of a session have the same number.',
  'sequence-missing': 'A close line of a welcomed connection has no number.',
  'sequence-not-from-one': "A session's first attempt is not number 1.",
  'attempt-skipped': 'The client log jumps a number.',
  'gap-unexplained':
    'The server never saw a number, and the client log has no failed attempt for it.',
  'close-missing': 'An opened connection has no close line though the log is complete.',
  'close-orphaned': 'A close line without its open, or a second one.',
  'logs-disagree': 'Client and server tell different stories of one connection.',
  'session-forked': 'Two live documents share one session.',
  'session-lost': 'At the end a session is not connected, though its tab is open.',
  'threshold-crossed': 'A metric named under `expect` is out of bounds.',
};
