import * as z from 'zod';
import { WORKER_LOST_REASONS } from '../core/records.ts';
import {
  CIRCUMSTANCE_EVENTS,
  DOUBT_CODES,
  EXCUSES,
  FINDING_CODES,
  FINDINGS,
  type Shape,
} from '../model/findings.ts';
import { METRIC_MEANINGS } from '../model/metric-meanings.ts';
import type { METRICS } from '../model/metrics.ts';
import { OBSERVATION_NAMES, OBSERVATIONS } from '../model/observations.ts';
import { fieldOf, type MetricField } from '../model/summary-metrics.ts';
import { SUMMARY_VERSION } from './json.ts';
import { LACK_MESSAGES } from './messages.ts';

const keys = <K extends string>(of: Record<K, unknown>) => z.enum(Object.keys(of) as K[]);
const count = z.int().min(0);
const line = z.object({
  file: z.string(),
  line: z.int().min(1),
  text: z.string().optional().describe('The line itself, in examples; a long one is cut.'),
});
const circumstance = z.object({
  log: z.enum(['server', 'client']).describe('Whose log has what the finding is about.'),
  event: z
    .enum(CIRCUMSTANCE_EVENTS)
    .describe('What its session did last: how a page came to be, or how an attempt ended.'),
  close_code: z.number().nullable().describe('Of a close.'),
  fault: z.string().nullable().describe('The last that hit the attempt or connection before.'),
});
const message = z.string().describe('The same as a sentence.');

const DETAILS = {
  number: z.number(),
  string: z.string(),
  'string?': z.string().optional(),
  strings: z.array(z.string()),
  boolean: z.boolean(),
};

const detailsOf = (details: Record<string, Shape>) =>
  z.object(
    Object.fromEntries(
      Object.entries(details).map(([name, shape]) => [
        name,
        typeof shape === 'string' ? DETAILS[shape] : z.enum(shape),
      ]),
    ),
  );

const findings = FINDING_CODES.map((code) =>
  z.object({
    code: z.literal(code),
    session_id: z.string().nullable().describe('null: it is about the whole run.'),
    connection_sequence: z.number().nullable(),
    details: detailsOf(FINDINGS[code].details),
    evidence: z.array(line).describe('The lines that prove it.'),
    after: circumstance.optional().describe('What came right before; not of the whole run.'),
    message,
  }),
);

const observations = OBSERVATION_NAMES.map((name) =>
  z.object({
    name: z.literal(name),
    told_by: z.enum(['server', 'client']).describe('Whose logs show it.'),
    session_id: z.string().nullable().describe('The session in which it shows most.'),
    details: detailsOf(OBSERVATIONS[name].details),
    evidence: z.array(line).describe('Lines that show it.'),
    message,
    command: z.string().describe('Shows more.'),
  }),
);

const metric = z.number().nullable();
const byCode = z.record(z.string(), count);

const metrics = z.looseObject({
  ...(Object.fromEntries(
    (Object.keys(METRIC_MEANINGS) as (keyof typeof METRICS)[]).map((name) => [
      fieldOf(name),
      metric.describe(METRIC_MEANINGS[name]),
    ]),
  ) as Record<MetricField, typeof metric>),
  event_loop_delay_p99_ms_by_process: z.object({ client: metric, server: metric }),
  close_codes: z
    .object({ client: byCode, server: byCode })
    .describe('By the log that has them and their close code, how many closes.'),
  attempts_over_time: z
    .object({ bucket_seconds: z.number().positive(), counts: z.array(count) })
    .describe('Dials in each bucket of time since the first.'),
});

/** What `summary.json` and the JSON report hold. */
export const summarySchema = z.object({
  summary_version: z.literal(SUMMARY_VERSION),
  verdict: z.enum(['pass', 'fail', 'unknown']),
  complete: z.boolean().describe('All of the run is in the logs.'),
  name: z.string(),
  seed: z.number().nullable().describe('null: logs were judged without their scenario.'),
  plan_hash: z
    .string()
    .nullable()
    .describe('Of who is hit by what, and when; null as that of `seed`.'),
  replay: z.string().nullable().describe('Command that runs the same again.'),
  run_dir: z.string().nullable().describe('Directory of the run; null: other logs were judged.'),
  started_at: z.iso.datetime().nullable().describe('Time of the first line.'),
  duration_seconds: z.number().nullable().describe('From the first line to the last.'),
  interrupted: z.boolean().describe('The run was ended before its time.'),
  failures: z
    .array(z.object({ reason: z.string(), attempts: count }))
    .optional()
    .describe("What attempts of a run's clients failed with, the most frequent first."),
  expected_findings: z
    .array(z.object({ code: z.enum(FINDING_CODES), occurred: z.boolean() }))
    .describe('Findings that the scenario names; these, and only these, are no failure.'),
  expected_observations: z
    .array(
      z.object({
        name: z.enum(OBSERVATION_NAMES),
        text: z.literal('none').describe('As it was written.'),
        held: z.boolean(),
      }),
    )
    .describe('Observations that were expected not to be made; one that was is a finding, too.'),
  coverage: z
    .array(
      z.object({
        code: z.enum(FINDING_CODES),
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
  metrics: metrics.describe(
    'null: there was nothing to measure. Percentiles that a bound asked for are here too, as recovery_p90_seconds.',
  ),
  bounds: z
    .array(
      z.object({
        metric: z.string().describe('Its name under `expect`, which has no unit.'),
        unit: z.enum(['count', 'seconds', 'ms']),
        text: z.string().describe('As it was written.'),
        comparison: z.enum(['<', '<=', '>', '>=', '==']),
        value: z.number().describe('In `unit`.'),
        measured: metric.describe('In `unit`; null: there was nothing to measure.'),
        held: z.boolean(),
        where: line
          .optional()
          .describe('Where the scenario has it; left out where an option said it.'),
      }),
    )
    .describe('All that were set.'),
  causes: z
    .array(
      z.object({
        codes: z.array(z.enum(FINDING_CODES)).describe('Findings that it shows in.'),
        sessions: count,
        findings: count,
        began_again: z
          .boolean()
          .describe(
            'Each session has a number 1 behind a higher one, or a second one in a new page.',
          ),
        misnumbered: z
          .boolean()
          .describe(
            "Each session has a connection that the server's log has under another number than the client's.",
          ),
        server_alone: z
          .literal(true)
          .optional()
          .describe("There is a server's log and no client's: its numbers may be its own."),
        told_by: z
          .enum(['server', 'client'])
          .nullable()
          .describe('The one log that has all of it, where there are two.'),
        after: circumstance
          .omit({ log: true })
          .partial()
          .describe('What holds of all these findings.'),
        message,
        rule: z.string().describe('What they should have done, and where that is written.'),
        examples: z.array(z.union(findings)).describe('The first finding of two sessions.'),
      }),
    )
    .describe('What failing findings about sessions have in common.'),
  findings: z.array(z.union(findings)),
  observations: z.array(z.union(observations)).describe('What stands out, and is no violation.'),
  workers: z
    .array(
      z.object({
        worker: count.describe('Its number, from 1.'),
        name: z.string(),
        machine: z.string(),
        clients: count.describe('How many it played.'),
        first_client: count.describe('It played client-first, client-(first + every), ….'),
        every: count,
        clock_offset_ms: z.number().describe("Its clock less the coordinator's, when it joined."),
        clock_error_ms: z.number().describe('The offset is known to within this.'),
        clock_moved_ms: metric.describe('By how much it changed; null: it was not read again.'),
        lost: z.enum(WORKER_LOST_REASONS).nullable().describe('null: it played to its end.'),
        attempts: metric.describe('Dials in its client log; null: there is none.'),
      }),
    )
    .optional()
    .describe('The processes that played the clients; left out where one played all.'),
  moments_apart: z
    .object({ apart_ms: z.number(), fault: z.string(), occurrence: z.number() })
    .nullable()
    .optional()
    .describe(
      'How far apart several processes told of one fault, at most; null: of none did several tell.',
    ),
  doubts: z
    .array(
      z.object({
        code: z.enum(DOUBT_CODES),
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
        unread_fields: z
          .array(z.object({ field: z.string(), records: count, line: count }))
          .optional()
          .describe('Fields in a form that can not be read: how many records, and the first line.'),
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
