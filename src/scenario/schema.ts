import * as z from 'zod';
import { formatDuration } from '../core/duration.ts';
import { CLIENTS_AS } from '../core/habits.ts';
import {
  BACKOFF_POLICIES,
  BALANCE_POLICIES,
  DEFAULT_CLIENT_SETTINGS,
  DEFAULT_SERVER_SETTINGS,
  DEFECTS,
  RESETS,
} from '../core/settings.ts';
import { duration, node, share } from '../faults/fields.ts';
import { FAULTS, type FaultName, faultNamed, MAX_NODES } from '../faults/index.ts';
import { FINDING_CODES } from '../model/findings.ts';
import { METRIC_MEANINGS, PERCENTILE_MEANING } from '../model/metric-meanings.ts';
import { METRICS, type PercentileName } from '../model/metrics.ts';
import { OBSERVATION_NAMES, OBSERVATIONS, type ObservationName } from '../model/observations.ts';
import { DEFAULT_SKEW_MS } from '../model/workers.ts';
import { printable } from '../yaml/printable.ts';
import { bound } from './bound.ts';
import { target } from './target.ts';

/**
 * The scenario language. This one schema makes the types, the errors, the JSON Schema for editors
 * and the reference in the docs. An `error` says what was expected, as a noun phrase; `sentences.ts`
 * makes the message. What concerns several fields at once stands in `rules.ts`.
 */

export const MAX_CLIENTS = 1_000_000;
const SHORTEST_PERIOD_MS = 10;

function wholeNumber(from: number, to: number) {
  const error = `a whole number from ${from} to ${to}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
}

const positive = duration.refine((ms) => ms > 0, { error: 'a duration above zero' });

/** Milliseconds in `settings.ts`, a duration in the file. */
const withDefault = (field: typeof duration, ms: number) => field.prefault(formatDuration(ms));

const client = DEFAULT_CLIENT_SETTINGS;
const server = DEFAULT_SERVER_SETTINGS;

const portion = {
  share: share.optional().describe('Share of the clients, chosen by the seed.'),
  count: wholeNumber(1, MAX_CLIENTS)
    .optional()
    .describe('Number of clients, chosen by the seed. Neither `share` nor `count`: all of them.'),
};

const timing = {
  at: duration.optional().describe('When it happens, from the start of the run.'),
  every: duration
    .refine((ms) => ms >= SHORTEST_PERIOD_MS, {
      error: `a period of at least ${SHORTEST_PERIOD_MS}ms`,
    })
    .optional()
    .describe('In place of `at`: it happens again and again, this far apart.'),
  from: duration.optional().describe('With `every`: the first time. Default: one period.'),
  until: duration
    .optional()
    .describe('With `every`: it happens before this time. Default: the duration.'),
};

/** What every entry may have; for entries whose fault is unknown, so that the rest is checked. */
export const anyEntry = z.looseObject({ ...timing, ...portion });

function entryOf(name: FaultName) {
  const fault = faultNamed(name);
  return fault.params.safeExtend({
    fault: z.literal(name).describe(fault.summary),
    ...timing,
    ...(fault.target === 'sessions' ? portion : {}),
  });
}

const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

type Entry = z.output<typeof anyEntry> & { fault: FaultName };
type Entries = [z.ZodObject, ...z.ZodObject[]];

const entry = z.discriminatedUnion(
  'fault',
  FAULT_NAMES.map(entryOf) as unknown as Entries,
) as unknown as z.ZodType<Entry>;

const backoff = z.strictObject({
  policy: z
    .enum(BACKOFF_POLICIES)
    .default(client.backoff.policy)
    .describe('How the wait grows from failure to failure.'),
  base: withDefault(duration, client.backoff.baseMs).describe('The first wait, or its bound.'),
  min: withDefault(duration, client.backoff.baseMs).describe(
    'With `uniform`, in place of `base`: each wait is between this and `max`.',
  ),
  max: withDefault(duration, client.backoff.maxMs).describe('No wait is longer.'),
});

const SEEN_CODE = 'a close code from 1000 to 4999';
const seenCode = z
  .int({ error: SEEN_CODE })
  .min(1000, { error: SEEN_CODE })
  .max(4999, { error: SEEN_CODE });
const seenCodeKey = z.string().regex(/^[1-4]\d{3}$/, { error: SEEN_CODE });

const clients = z.strictObject({
  count: wholeNumber(1, MAX_CLIENTS).describe('How many clients, each with a tab of its own.'),
  as: z
    .enum(CLIENTS_AS)
    .default('chromium')
    .describe(
      'What they run in: a page of that browser, with its habits, or Node, where a client hears all that comes.',
    ),
  ramp_up: withDefault(duration, 0).describe('Their first dials are spread evenly over this time.'),
  handshake: z
    .enum(['frame', 'query'])
    .default(client.handshake)
    .describe(
      'The hello travels as the first frame, or in the query string of the upgrade request.',
    ),
  backoff: backoff.prefault({}).describe('Waits between dials.'),
  connect_timeout: withDefault(positive, client.connectTimeoutMs).describe(
    'A dial without a welcome is given up after this time.',
  ),
  heartbeat: z
    .union([
      z.literal('none'),
      z.strictObject({
        message: positive
          .optional()
          .describe(
            'The server sends each client a message this often, for pages can’t hear pings. A target has to do so by ' +
              'itself: of it this is only believed.',
          ),
        timeout: positive
          .optional()
          .describe(
            'A server not heard of for this long is taken for dead. Default: twice `message`; 30s in Node, ' +
              'which hears pings.',
          ),
      }),
    ])
    .optional()
    .describe(
      '`none`: a client that never notices a dead server by itself. Default: that, as a page can’t hear pings; ' +
        'a timeout in Node.',
    ),
  reset: z
    .enum(RESETS)
    .default(client.reset)
    .describe(
      'What resets the backoff: the socket opens, the welcome comes, or the connection lived for `min_uptime`.',
    ),
  min_uptime: withDefault(duration, client.minUptimeMs).describe(
    'A connection that lived this long resets the backoff.',
  ),
  wait_on: z
    .record(seenCodeKey, duration)
    .default(client.waitOnMs)
    .describe('Close codes, each with the least wait after it: `{ 1013: 30s }`.'),
  stop_on: z
    .array(seenCode)
    .default([...client.stopOn])
    .describe(
      'Close codes at which a page gives up for good: `[4401, 1008]`. Its session is then neither lost nor recovered.',
    ),
  defect: z
    .strictObject({
      name: z.enum(DEFECTS).describe('Which bug.'),
      ...portion,
    })
    .optional()
    .describe('A known bug of real clients, to see that the checks find it.'),
});

const heartbeat = z.strictObject({
  interval: withDefault(positive, server.heartbeatIntervalMs).describe(
    'Every client is pinged this often.',
  ),
  timeout: withDefault(positive, server.heartbeatTimeoutMs).describe(
    'A client not heard of for this long is given up. Greater than `interval`.',
  ),
});

const servers = z.strictObject({
  nodes: wholeNumber(1, MAX_NODES)
    .default(1)
    .describe(
      'Behind a balancer, so many of it, with a log each (`server-1.ndjson` …). What follows is of each.',
    ),
  balance: z
    .enum(BALANCE_POLICIES)
    .default('round-robin')
    .describe('Which node a connection goes to, of those that listen.'),
  heartbeat: heartbeat.prefault({}).describe('How the server finds half-open connections.'),
  handshake_timeout: withDefault(positive, server.handshakeTimeoutMs).describe(
    'A connection without a hello is closed after this time.',
  ),
  max_handshakes_per_second: wholeNumber(1, 1_000_000)
    .optional()
    .describe('A tenth of it may come at once; further upgrades get 503. Default: no limit.'),
  admission: z
    .strictObject({
      max_pending: wholeNumber(1, MAX_CLIENTS).describe(
        'So many connections at once may have no welcome yet.',
      ),
      reject_with: wholeNumber(400, 599)
        .default(503)
        .describe('HTTP status that further upgrades get, with `Retry-After: 1`.'),
    })
    .optional()
    .describe('Turns away who comes while too many are still being let in. Default: nobody.'),
  idle_timeout: positive
    .optional()
    .describe(
      'A connection that nothing passed for this long, no ping either, is ended without a close frame, as load ' +
        'balancers do: both sides see 1006. Not after `duration`. Default: never.',
    ),
  max_connection_age: z
    .strictObject({
      min: positive.describe('No connection is closed so before this age.'),
      max: positive.describe('No connection grows older.'),
    })
    .optional()
    .describe(
      'A connection is closed with 1001 at an age drawn between the two, as gRPC servers and proxies do. Not after ' +
        '`duration`. Default: none.',
    ),
});

type BoundField = z.ZodOptional<ReturnType<typeof bound>>;

const bounds = Object.fromEntries(
  Object.entries(METRICS).map(([metric, unit]) => [
    metric,
    bound(unit)
      .optional()
      .describe(METRIC_MEANINGS[metric as keyof typeof METRICS]),
  ]),
) as Record<keyof typeof METRICS, BoundField>;

const percentiles = Object.fromEntries(
  Array.from({ length: 99 }, (_, index) => `recovery_p${index + 1}`)
    .filter((metric) => !Object.hasOwn(METRICS, metric))
    .map((metric) => [metric, bound('seconds').optional().describe(PERCENTILE_MEANING)]),
) as Record<PercentileName, BoundField>;

const noObservations = z.strictObject(
  Object.fromEntries(
    OBSERVATION_NAMES.map((name) => [
      name,
      z.literal('none', { error: '`none`' }).optional().describe(OBSERVATIONS[name].meaning),
    ]),
  ) as Record<ObservationName, z.ZodOptional<z.ZodLiteral<'none'>>>,
);

const expect = z.strictObject({
  ...bounds,
  ...percentiles,
  findings: z
    .array(z.enum(FINDING_CODES))
    .default([])
    .describe('Findings that must occur: they, and only they, are then no failure.'),
  observations: z
    .union([z.literal('none'), noObservations], {
      error: '`none`, or a map of observations to `none`',
    })
    .default({})
    .describe('Observations that must not be made: `none` of them, or a map of names to `none`.'),
});

const NAME = 'a name of 1 to 64 characters a-z, 0-9 and "-" that begins with a letter or digit';

export const scenarioFile = z
  .strictObject({
    name: z
      .string({ error: NAME })
      .regex(/^[a-z0-9][a-z0-9-]{0,63}$/, { error: NAME })
      .describe('Names the run directory: a-z, 0-9 and "-", at most 64 characters.'),
    description: z
      .string()
      .max(1000, { error: 'text of at most 1000 characters' })
      .transform((text) => printable(text.replace(/\s+/g, ' ').trim()))
      .prefault('')
      .describe('What the scenario shows, in a sentence.'),
    seed: wholeNumber(0, Number.MAX_SAFE_INTEGER)
      .optional()
      .describe('Decides every random choice. Default: a new one for each run, which prints it.'),
    duration: positive.describe('How long faults happen. What lasts longer is healed at its end.'),
    settle: withDefault(duration, 10_000).describe(
      'Everyone must be connected again within this time after the faults.',
    ),
    skew: withDefault(duration, DEFAULT_SKEW_MS).describe(
      'In a run that several workers play: by how much the clock of one may move against that of the coordinator. More leaves the verdict unknown.',
    ),
    clients: clients.describe('The clients, and how they reconnect.'),
    server: servers.prefault({}).describe('The reference server that they connect to.'),
    target: target
      .optional()
      .describe('A server of your own, which they connect to instead of the reference server.'),
    timeline: z.array(entry).default([]).describe('The faults, each with its time.'),
    expect: expect.prefault({}).describe('What must hold beside the checks.'),
  })
  .describe('A wsdiag scenario.');

export type ScenarioFile = z.output<typeof scenarioFile>;

/** Parts of the schema, for `rules.ts`, which compares fields of files that have other mistakes. */
export const FIELDS = {
  duration: positive,
  clients: clients.shape,
  target: target.shape,
  backoff: backoff.shape,
  heartbeat: heartbeat.shape,
  age: servers.shape.max_connection_age,
  servers: servers.shape,
  node,
  entry,
  ...timing,
  ...portion,
};

/** The schema for editors, of files as they are written. */
export function scenarioJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(scenarioFile, { io: 'input', override: foldPercentiles });
}

/** One pattern does for 96 properties. */
function foldPercentiles({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const { recovery_p90, ...properties } = jsonSchema.properties ?? {};
  if (recovery_p90 === undefined) return;
  for (const name of Object.keys(percentiles)) delete properties[name];
  Object.assign(jsonSchema, {
    properties,
    patternProperties: { '^recovery_p[1-9][0-9]?$': recovery_p90 },
  });
}
