/** Small logs of all that can stand in one, right or wrong: few sessions, few numbers, few moments. */
import fc from 'fast-check';
import type { BruteLine } from './brute-force.ts';

const STARTED_AT = Date.parse('2026-03-01T00:00:00.000Z');

/** Never 10 ms apart, where rounding would decide which started first. */
const moment = fc
  .tuple(fc.nat(30), fc.constantFrom(0, 7))
  .map(([twentieth, more]) => twentieth * 20 + more);
const SESSIONS = ['s1', 's2', 's3'];
const session = fc.constantFrom(...SESSIONS);
const number = fc.integer({ min: 1, max: 6 });
/** What stands for a number and is none. */
const noNumber = fc.constantFrom('three', 0, -1, 2.5, 2 ** 53, null, true, undefined);
const mostly = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<unknown>) =>
  fc.oneof(
    { weight: 9, arbitrary: usual as fc.Arbitrary<unknown> },
    { weight: 1, arbitrary: rare },
  );

interface Moment {
  at: number;
  line: BruteLine;
}

/** Lines in the order of their times, as one process writes them. */
const inOrder = (moments: Moment[]): BruteLine[] =>
  moments
    .toSorted((one, other) => one.at - other.at)
    .map(({ at, line }) => ({ time: new Date(STARTED_AT + at).toISOString(), ...line }));

/** A line is written as often as that. */
const copies = fc.oneof(
  { weight: 12, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constant(2) },
);

const NUMBERLESS = [...Array(20).fill(null), 'open', 'close'] as (null | 'open' | 'close')[];

const connection = fc.record({
  session,
  number: mostly(number, noNumber),
  start: moment,
  duration: fc.integer({ min: 1, max: 400 }),
  opened: copies,
  closed: copies,
  /** The line, if any, that lacks the number. */
  numberless: fc.constantFrom(...NUMBERLESS),
  verified: fc.oneof(
    { weight: 9, arbitrary: fc.constant(true) },
    { weight: 1, arbitrary: fc.constant(false) },
  ),
});

/** Comes after all others, as one that has overheard the session's id. */
const LATE_MS = 1000;

type Connection = typeof connection extends fc.Arbitrary<infer T> ? T : never;

const closeOf = (
  { session, number, start, duration, closed, numberless }: Connection,
  client: string,
) =>
  Array.from({ length: closed }, () => ({
    at: start + duration,
    line: {
      event: 'connection_closed',
      client_id: client,
      session_id: session,
      connection_sequence: numberless === 'close' ? null : number,
      close_code: 1006,
      duration_seconds: duration / 1000,
    },
  }));

const openOf = (
  { session, number, start, opened, verified, numberless }: Connection,
  client: string,
) =>
  Array.from({ length: opened }, () => ({
    at: start,
    line: {
      event: 'connection_opened',
      client_id: client,
      session_id: session,
      connection_sequence: numberless === 'open' ? null : number,
      session_verified: verified,
    },
  }));

/** Of a server that logs closes alone. */
export const closesLog = fc
  .array(connection, { maxLength: 14 })
  .map((all) => inOrder(all.flatMap((one, index) => closeOf(one, `c${index}`))));

/** Of a server that logs opens too. */
export const opensLog = fc
  .array(
    connection.map((one) => (one.verified ? one : { ...one, start: one.start + LATE_MS })),
    { maxLength: 14 },
  )
  .map((all) =>
    inOrder(
      all.flatMap((one, index) => [...openOf(one, `c${index}`), ...closeOf(one, `c${index}`)]),
    ),
  )
  .filter((lines) => lines.some(({ event }) => event === 'connection_opened'));

const OUTCOMES = {
  failed: ['connection_failed'],
  closed: ['connection_opened', 'connection_closed'],
  left: ['connection_opened', 'document_unloaded'],
  'left in mid-dial': ['document_unloaded'],
  open: ['connection_opened'],
  unanswered: [],
} as const;

const dial = fc.record({
  session,
  number,
  advanced: fc.oneof(
    { weight: 9, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  outcome: fc.constantFrom(...(Object.keys(OUTCOMES) as (keyof typeof OUTCOMES)[])),
  copies: fc.array(copies, { minLength: 3, maxLength: 3 }),
  /** The line, if any, that lacks the number; the first is the attempt's. */
  numberless: fc.nat(40),
});

type Dial = typeof dial extends fc.Arbitrary<infer T> ? T : never;

function linesOfDial(
  { session, number, advanced, outcome, copies, numberless }: Dial,
  client: string,
) {
  const isWelcomed = (OUTCOMES[outcome] as readonly string[]).includes('connection_opened');
  const written = [Number(advanced), ...copies];
  const numberAt = (event: string, index: number) => {
    if (event === 'sequence_advanced') return Math.max(1, number - 1);
    return index === numberless + 1 ? null : number;
  };
  const events = ['sequence_advanced', 'connection_attempt', ...OUTCOMES[outcome]];
  return events.flatMap((event, index) =>
    Array.from({ length: written[index] as number }, () => ({
      event,
      session_id: session,
      connection_sequence: numberAt(event, index),
      document_id: 'd1',
      ...(isWelcomed && index > 1 && { client_id: client }),
      ...(event === 'connection_closed' && { close_code: 1006, duration_seconds: 1 }),
    })),
  );
}

/** Of clients that dial one after the other, some in sessions that are older than the log. */
export const clientLog = fc
  .tuple(fc.subarray(SESSIONS), fc.array(dial, { maxLength: 12 }))
  .map(([born, dials]) =>
    inOrder([
      ...born.map((session_id) => ({ at: 0, line: { event: 'session_started', session_id } })),
      ...dials.flatMap((one, index) =>
        linesOfDial(one, `c${index}`).map((line) => ({ at: index * 20, line })),
      ),
    ]),
  );

type Edit = (lines: BruteLine[], at: number, other: number) => BruteLine[];

const set = (lines: BruteLine[], at: number, fields: BruteLine) =>
  lines.with(at, { ...lines[at], ...fields });

/** What a page that says so calls it. */
const WAYS_TO_GO = ['reload', 'navigate', 'bfcache', 'discard', 'pagehide'];

export const EDITS: Record<string, Edit> = {
  lose: (lines, at) => lines.toSpliced(at, 1),
  repeat: (lines, at, other) => lines.toSpliced(other, 0, lines[at] as BruteLine),
  swap: (lines, at, other) =>
    lines.with(at, lines[other] as BruteLine).with(other, lines[at] as BruteLine),
  'take over a number': (lines, at, other) =>
    set(lines, at, { connection_sequence: lines[other]?.connection_sequence }),
  'take over a session': (lines, at, other) =>
    set(lines, at, { session_id: lines[other]?.session_id }),
  'take over a client': (lines, at, other) =>
    lines[other]?.client_id ? set(lines, at, { client_id: lines[other]?.client_id }) : lines,
  'take over a document': (lines, at, other) =>
    lines[at]?.document_id && lines[other]?.document_id
      ? set(lines, at, { document_id: lines[other]?.document_id })
      : lines,
  'take over a close code': (lines, at, other) =>
    lines[at]?.close_code && lines[other]?.close_code
      ? set(lines, at, { close_code: lines[other]?.close_code })
      : lines,
  'go in another way': (lines, at, other) =>
    lines[at]?.event === 'document_unloaded'
      ? set(lines, at, { reason: WAYS_TO_GO[other % WAYS_TO_GO.length] })
      : lines,
  'take over a time': (lines, at, other) => set(lines, at, { time: lines[other]?.time }),
  'lose a number': (lines, at) => set(lines, at, { connection_sequence: undefined }),
};

/** It begins with the start of its process, so with nothing that is older. */
export const begun =
  (side: 'server' | 'client') =>
  (lines: BruteLine[]): BruteLine[] => [
    {
      time: new Date(STARTED_AT).toISOString(),
      event: `${side}_started`,
      wsdiag_version: '0.1.0',
      log_schema: 1,
    },
    ...lines,
  ];

/** That log, with some things wrong; not so that a session begins after its first attempt. */
export const edited = (lines: BruteLine[]): fc.Arbitrary<BruteLine[]> => {
  const isBirth = ({ event }: BruteLine) => typeof event === 'string' && event.endsWith('_started');
  const births = lines.filter(isBirth);
  return fc
    .array(fc.tuple(fc.constantFrom(...Object.values(EDITS)), fc.nat(), fc.nat()), { maxLength: 6 })
    .map((edits) =>
      edits.reduce(
        (all, [edit, at, other]) => edit(all, at % all.length, other % all.length),
        lines.filter((line) => !isBirth(line)),
      ),
    )
    .map((changed) => [...births, ...changed]);
};
