import type { Cause } from '../../src/model/causes.ts';
import { type Doubt, FINDINGS, type Finding, type FindingCode } from '../../src/model/findings.ts';
import type { BoundOutcome, Metrics } from '../../src/model/metrics.ts';
import type { RunResult } from '../../src/model/result.ts';

export const METRICS: Metrics = {
  sessions: 200,
  attempts: 1412,
  welcomed: 405,
  failed_attempts: 1007,
  losses: 205,
  unrecovered_sessions: 0,
  given_up_sessions: 0,
  recovery_p50: 0.42,
  recovery_p95: 1.81,
  recovery_p99: 12.345,
  recovery_max: 125,
  peak_attempts_per_second: 120,
  peak_sessions_down: 198,
  reconnects: 205,
  reconnects_max: 3,
  flapping_sessions: 0,
  peak_connections: 200,
  connections_of_session_max: 1,
  rejected_handshakes: 3,
  sequence_max: 9,
  event_loop_delay_p99: 12.3,
  close_codes: { client: { 1006: 205, 1012: 1 }, server: { 1001: 200, 1006: 205, 4000: 2 } },
  event_loop_delay_p99_by_process: { client: 12.3, server: 1 },
  attempts_over_time: { bucket_seconds: 0.2, counts: [200, 0, 1, 50, 100] },
};

/** Nothing could be measured. */
export const NO_METRICS: Metrics = {
  ...(Object.fromEntries(Object.keys(METRICS).map((name) => [name, null])) as unknown as Metrics),
  close_codes: { client: {}, server: {} },
  event_loop_delay_p99_by_process: { client: null, server: null },
  attempts_over_time: { bucket_seconds: 1, counts: [] },
};

export const RUN: RunResult = {
  name: 'refresh-storm',
  seed: 42,
  plan_hash: '0123456789abcdef',
  replay: 'wsdiag simulate scenarios/refresh-storm.yaml --seed 42',
  run_dir: 'wsdiag-runs/refresh-storm-1',
  started_at: '2026-01-01T00:00:00.000Z',
  duration_seconds: 12.34,
  interrupted: false,
  verdict: 'pass',
  findings: [],
  expected_findings: [],
  expected_observations: [],
  bounds: [],
  causes: [],
  expected_causes: [],
  observations: [],
  doubts: [],
  metrics: METRICS,
  coverage: [],
  excused: [],
  evidence: [
    {
      file: 'wsdiag-runs/refresh-storm-1/server.ndjson',
      lines: 1200,
      records: 1200,
      ignored: 0,
      rejected: 0,
    },
    {
      file: 'wsdiag-runs/refresh-storm-1/client.ndjson',
      lines: 1,
      records: 1,
      ignored: 0,
      rejected: 0,
    },
  ],
};

export const BOUNDS: BoundOutcome[] = [
  {
    metric: 'recovery_p95',
    comparison: '<',
    value: 4,
    text: '< 4s',
    measured: 1.81,
    held: true,
    where: { file: 'wsdiag-runs/refresh-storm-1/scenario.yaml', line: 9 },
  },
  { metric: 'losses', comparison: '<', value: 100, text: '<100', measured: 205, held: false },
];

const DETAILS: { [C in FindingCode]: Extract<Finding, { code: C }>['details'] } = {
  'sequence-not-increasing': { previous: 7 },
  'sequence-duplicated': { event: 'connection_opened' },
  'sequence-missing': { value: '"3"' },
  'sequence-not-from-one': {},
  'attempt-skipped': { expected: 3 },
  'gap-unexplained': {},
  'fork-repeated': { times: 3 },
  'close-missing': { side: 'server', event: 'connection_opened' },
  'close-orphaned': { side: 'client', event: 'connection_closed', earlier: true },
  'logs-disagree': { about: 'close_code', client: '1000', server: '1006 by network' },
  'lines-disagree': { about: 'document_id', one: 'a', other: 'b' },
  'session-forked': { documents: ['a', 'b', 'c'] },
  'session-lost': {},
  'threshold-crossed': { metric: 'recovery_p95', bound: '< 5s', value: '5.4' },
  'observation-unexpected': { observation: 'lockstep' },
};

export function findingOf<C extends FindingCode>(
  code: C,
  details: object = {},
  line = 12,
): Finding {
  return {
    code,
    session_id: '1f0c1f5e-0000-4000-8000-000000000001',
    connection_sequence: 4,
    details: { ...DETAILS[code], ...details },
    evidence: [{ file: 'wsdiag-runs/refresh-storm-1/server.ndjson', line }],
  } as Finding;
}

/** One bug in five sessions. */
export const BEGAN_AGAIN: Cause = {
  codes: ['sequence-not-increasing', 'sequence-duplicated'],
  sessions: 5,
  findings: 20,
  began_again: true,
  misnumbered: false,
  told_by: null,
  after: { event: 'reload', fault: 'refresh' },
  examples: [
    findingOf('sequence-not-increasing'),
    {
      ...findingOf('sequence-not-increasing', {}, 40),
      session_id: '1f0c1f5e-0000-4000-8000-000000000002',
    },
  ],
};

/** One finding of each code. */
export const ALL_FINDINGS = (Object.keys(FINDINGS) as FindingCode[]).map((code) => findingOf(code));

const EVIL_NAME = 'w\u001bb';

export const DOUBTS: Doubt[] = [
  { code: 'line-damaged', where: { file: 'a.ndjson', line: 3 }, value: 'not JSON' },
  { code: 'log-truncated', where: { file: 'a.ndjson', line: 4 }, value: '' },
  { code: 'log-incomplete', where: { file: 'a.ndjson' }, value: 'server_started' },
  { code: 'log-incomplete', where: { file: 'a.ndjson' }, value: 'client_stopped' },
  { code: 'log-missing', where: { file: 'a.ndjson' }, value: 'faults' },
  { code: 'no-connections', where: { file: 'a.ndjson' }, value: '' },
  { code: 'interrupted', where: null, value: '' },
  { code: 'generator-limited', where: null, value: 'EMFILE' },
  { code: 'scenario-missing', where: null, value: '' },
  { code: 'worker-lost', where: null, value: '2 was lost, and with it client-2: it failed' },
  { code: 'worker-untold', where: null, value: '2 joined, and neither left nor was lost' },
  { code: 'clocks-apart', where: null, value: '2 could not be read again at its end' },
];

/** Of a run that two played, one of whom was lost. */
export const PLAYED = {
  workers: [
    {
      ...{ worker: 1, name: 'w-a', machine: 'host-1', clients: 1000, first_client: 1, every: 2 },
      ...{ clock_offset_ms: 12.31, clock_error_ms: 0.2, clock_moved_ms: -0.31, lost: null },
      attempts: 4321,
    },
    {
      ...{ worker: 2, name: EVIL_NAME, machine: 'host-2', clients: 1, first_client: 2, every: 2 },
      ...{ clock_offset_ms: -3, clock_error_ms: 0.1, clock_moved_ms: null, lost: 'silent' },
      attempts: null,
    },
  ],
  moments_apart: { apart_ms: 3.1, fault: 'drop', occurrence: 7 },
} satisfies Partial<RunResult>;

/** All that a terminal would act on, or that hides in it. */
export const EVIL =
  '\u001b[2Ja\nb\r\u0000\u007f\u009b31m\u202e\u2066\u2069\u200e\u200f\u2028\u2029\u061c\ufeff';
