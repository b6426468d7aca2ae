import * as z from 'zod';
import { WSDIAG_VERSION } from '../real/version.ts';

/** What coordinators and workers say to each other. Another version of it has another word in its subjects. */
const ROOT = 'wsdiag.v1';

export const SUBJECTS = {
  /** Asks all workers who they are. */
  who: `${ROOT}.who`,
  /** Asks who still has logs of a storm, and has them sent. */
  collect: `${ROOT}.collect`,
  worker: (id: string) => `${ROOT}.worker.${id}`,
  /** Sessions that workers want closed by the server. */
  closes: (storm: string) => `${ROOT}.storm.${storm}.closes`,
} as const;

/** The object store that holds a storm's logs. */
export const bucketOf = (storm: string): string => `wsdiag-${storm}`;

const MAX_TEXT = 512 * 1024;
const id = z.string().regex(/^[A-Za-z0-9-]{1,64}$/);
const storm = id;
const name = z.string().min(1).max(200);
const count = z.int().min(0).max(10_000_000);
const ms = z.number().finite();
const texts = z.record(z.string().max(1000), z.string().max(MAX_TEXT));

/** A worker, and what it can carry. */
export const workerInfo = z.strictObject({
  id,
  name,
  machine: name,
  wsdiag_version: z.string().max(100),
  log_schema: z.int(),
  busy: z.boolean(),
  max_clients: count,
  open_files: count.nullable(),
  ports: count.nullable(),
  free_memory_bytes: z.number().min(0),
  dials_per_second: count.nullable(),
});
export type WorkerInfo = z.infer<typeof workerInfo>;

const join = z.strictObject({
  type: z.literal('join'),
  storm,
  wsdiag_version: z.string().max(100),
  /** From 1. */
  worker: z.int().min(1).max(1000),
  workers: z.int().min(1).max(1000),
  seed: z.int(),
  /** The scenario as it runs. */
  scenario: z.string().max(MAX_TEXT),
  /** Of the reference server, where there is no target. */
  url: z
    .url({ protocol: /^wss?$/ })
    .max(2000)
    .nullable(),
  /** Variables and files that the scenario's target names. */
  variables: texts,
  files: texts,
  max_dials_per_second: z.number().positive().nullable(),
});
export type Join = z.infer<typeof join>;

const ofStorm = <T extends string>(type: T) => z.strictObject({ type: z.literal(type), storm });

export const toWorker = z.discriminatedUnion('type', [
  /** Read your clocks. */
  z.strictObject({ type: z.literal('clock') }),
  join,
  /** Open your tabs. `epoch_ms`: the coordinator's wall clock, when the worker's `performance.now()` was 0. */
  z.strictObject({ ...ofStorm('open').shape, epoch_ms: ms }),
  /** The plan begins when the worker's `performance.now()` is `at_ms`. */
  z.strictObject({ ...ofStorm('start').shape, at_ms: ms }),
  ofStorm('ping'),
  /** The server has done all that the plan had for it. */
  ofStorm('calm'),
  ofStorm('stop'),
  ofStorm('send'),
  /** The logs have arrived. */
  ofStorm('done'),
]);
export type ToWorker = z.infer<typeof toWorker>;

export const clockReading = z.strictObject({ monotonic_ms: ms, wall_ms: ms });

const STATES = ['joined', 'opening', 'ready', 'playing', 'played', 'sent', 'failed'] as const;
export type WorkerState = (typeof STATES)[number];

export const status = z.strictObject({
  state: z.enum(STATES),
  error: z.string().max(10_000).nullable(),
  tabs: count,
  connected: count,
  attempts: z.number().min(0),
  losses: z.number().min(0),
  attempts_per_second: z.number().min(0),
  /** Parts of logs that are in the object store. */
  sent_parts: count,
});
export type Status = z.infer<typeof status>;

/** Why a worker does not do what it was asked to. */
export const refusal = z.strictObject({ refused: z.string().max(10_000) });
export const accepted = z.union([z.strictObject({ ok: z.literal(true) }), refusal]);

/** `done`: they have arrived, and need not be kept. */
export const collect = z.strictObject({ storm, done: z.boolean() });
export const collected = z.strictObject({ workers: z.array(z.int().min(1)), name });

export const closes = z.strictObject({
  session_ids: z.array(z.string().max(200)).max(10_000_000),
  code: z.int().min(1000).max(4999),
  reason: z.string().max(123),
});

/** The logs of a worker, as they are in the object store: each log in parts, gzipped one by one. */
export const manifest = z.strictObject({
  worker: z.int().min(1),
  logs: z.array(
    z.strictObject({
      log: z.enum(['client', 'faults']),
      parts: count,
      bytes: z.number().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
});
export type Manifest = z.infer<typeof manifest>;

/** Why a message can't be taken. */
export class BadMessage extends Error {}

/** @throws BadMessage for what is no JSON, or not of that shape */
export function parseMessage<T>(schema: z.ZodType<T>, data: Uint8Array): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
  } catch {
    throw new BadMessage('no JSON');
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [{ path, message } = { path: [], message: 'of another shape' }] = parsed.error.issues;
  throw new BadMessage(`${path.join('.') || 'the message'}: ${message}`);
}

export const encode = (message: object): string => JSON.stringify(message);

/** Another version may log, or play, in another way. */
export const isSameVersion = ({ wsdiag_version }: { wsdiag_version: string }): boolean =>
  wsdiag_version === WSDIAG_VERSION;
