import { z } from 'zod';
import {
  type Doubt,
  EXCUSES,
  FINDINGS,
  type FindingCode,
  type FindingDetails,
} from '../model/findings.ts';
import { METRICS, type MetricName } from '../model/metrics.ts';
import { SUMMARY_VERSION } from './json.ts';
import { LACK_MESSAGES } from './messages.ts';

const keys = <K extends string>(of: Record<K, unknown>) => z.enum(Object.keys(of) as K[]);
const side = z.enum(['server', 'client']);
const count = z.int().min(0);
const line = z.object({ file: z.string(), line: z.int().min(1) });
const message = z.string().describe('The same as a sentence.');

const DETAILS: { [C in FindingCode]: z.ZodType<FindingDetails[C]> } = {
  'sequence-not-increasing': z.object({ previous: z.number() }),
  'sequence-duplicated': z.object({ event: z.string() }),
  'sequence-missing': z.object({ value: z.string() }),
  'sequence-not-from-one': z.object({}),
  'attempt-skipped': z.object({ expected: z.number() }),
  'gap-unexplained': z.object({}),
  'close-missing': z.object({ side, event: z.string() }),
  'close-orphaned': z.object({ side, event: z.string(), earlier: z.boolean() }),
  'logs-disagree': z.object({
    about: z.enum([
      'session_id',
      'connection_sequence',
      'client_id',
      'document_id',
      'outcome',
      'close_code',
      'fault',
    ]),
    client: z.string(),
    server: z.string(),
    expected: z.string().optional(),
  }),
  'lines-disagree': z.object({
    about: z.enum(['document_id', 'client_id', 'closed_by', 'was_clean', 'session_started']),
    one: z.string(),
    other: z.string(),
  }),
  'session-forked': z.object({ documents: z.array(z.string()) }),
  'session-lost': z.object({}),
  'threshold-crossed': z.object({ metric: keys(METRICS), bound: z.string(), value: z.string() }),
};

const finding = z.union(
  Object.entries(DETAILS).map(([code, details]) =>
    z.object({
      code: z.literal(code),
      session_id: z.string().nullable().describe('null: it is about the whole run.'),
      connection_sequence: z.number().nullable(),
      details,
      evidence: z.array(line).describe('The lines that prove it.'),
      message,
    }),
  ),
);

const DOUBT_CODES: Record<Doubt['code'], true> = {
  'line-damaged': true,
  'log-truncated': true,
  'log-changed': true,
  'log-incomplete': true,
  'log-missing': true,
  'lines-missing': true,
  'several-writers': true,
  'log-schema-unknown': true,
  'kill-unexplained': true,
  'no-connections': true,
  'order-unknown': true,
  'session-unverified': true,
  'session-start-missing': true,
  'times-disagree': true,
  'clients-differ': true,
  interrupted: true,
  'generator-limited': true,
  'scenario-missing': true,
  'session-too-long': true,
  'findings-capped': true,
  'history-missing': true,
};

const metric = z.number().nullable();
const closeCodes = z.record(z.string(), count).describe('Number of closes by close code.');

const metrics = z.object({
  ...(Object.fromEntries(
    Object.entries(METRICS).map(([name, unit]) => [
      name,
      metric.describe(unit === 'count' ? 'A count.' : `In ${unit}.`),
    ]),
  ) as Record<MetricName, typeof metric>),
  close_codes: z.object({ client: closeCodes, server: closeCodes }),
  event_loop_delay_p99_by_process: z.object({ client: metric, server: metric }),
  attempts_over_time: z.object({ bucket_seconds: z.number(), counts: z.array(count) }),
});

/** What `summary.json` and the JSON report hold. */
export const summarySchema = z.object({
  summary_version: z.literal(SUMMARY_VERSION),
  verdict: z.enum(['pass', 'fail', 'unknown']),
  complete: z.boolean().describe('All of the run is in the logs.'),
  name: z.string(),
  seed: z.number().nullable().describe('null: logs were judged without their scenario.'),
  replay: z.string().nullable().describe('Command that runs the same again.'),
  run_dir: z.string().nullable(),
  started_at: z.iso.datetime().nullable(),
  duration_seconds: z.number().nullable(),
  interrupted: z.boolean(),
  expected_findings: z
    .array(z.object({ code: keys(FINDINGS), occurred: z.boolean() }))
    .describe('Findings that the scenario names; these, and only these, are no failure.'),
  coverage: z
    .array(
      z.object({
        code: keys(FINDINGS),
        ran: z.boolean(),
        lacking: keys(LACK_MESSAGES).nullable(),
      }),
    )
    .describe(
      'Which checks could run. `lacking` is what the logs lacked for one, or, where it ran, for the whole of it.',
    ),
  excused: z
    .array(z.object({ code: keys(EXCUSES), connections: count }))
    .describe('Connections that look wrong, and why they are no findings.'),
  metrics: metrics.describe('null: there was nothing to measure.'),
  findings: z.array(finding),
  doubts: z
    .array(
      z.object({
        code: keys(DOUBT_CODES),
        where: z.union([line, z.object({ file: z.string() })]).nullable(),
        value: z.string(),
        message,
      }),
    )
    .describe('Why the evidence can not carry a verdict.'),
  evidence: z
    .array(
      z.object({
        file: z.string(),
        lines: count,
        records: count,
        ignored: count,
        rejected: count,
      }),
    )
    .describe('The logs; each line is a record, ignored or rejected.'),
});

/** For whoever reads summaries: it lets fields pass that it does not know. */
export function summaryJsonSchema(): object {
  return {
    title: 'wsdiag summary',
    ...z.toJSONSchema(summarySchema, { io: 'input' }),
  };
}
