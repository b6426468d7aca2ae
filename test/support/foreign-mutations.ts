/** One thing wrong with a long log of somebody's own backend, and what a check must say of it. */
import type { BruteLog } from './brute-force.ts';
import { oneOfEach } from './thorough.ts';

export interface ForeignMutation {
  name: string;
  bytes: Buffer;
  /** Each finding, as its code and the line that is wrong. */
  findings: [code: string, line: number][];
  /** The line that can't be read. */
  damaged?: number;
}

/** What a log tells of. */
export type Kind = 'closes' | 'opens' | 'client';

interface Line {
  /** Absent on lines of a log that holds closes only. */
  event?: string;
  session_id: string;
  client_id: string;
  connection_sequence: number;
}

/** Stand where a number should, as JSON. */
const NO_NUMBERS = oneOfEach(
  ['"twelve"', '0', '-12', '2.5', '9007199254740993', '1e400', 'null', 'true', '[12]'],
  (value) => typeof JSON.parse(value),
);

/** Lines a mutation is put to: those of the connection in the log's middle that is like this. */
interface Target {
  session: string;
  /** The connection, and the next of its session. */
  number: number;
  next: number;
  /** A number that the server never saw, lower than one that it saw before the connection. */
  unseen: number;
  /** Indexes of the connection's lines, and of the next one's. */
  at: Record<string, number>;
  nextAt: Record<string, number>;
  /** Index of the attempt after those two. */
  attemptAfter: number | undefined;
}

/** Every mutation, one at a time, at one connection. */
export function* foreignMutations(texts: string[], kind: Kind): Generator<ForeignMutation> {
  const target = findTarget(texts, kind);
  yield* kind === 'closes' ? ofCloses(texts, target) : [];
  yield* kind === 'opens' ? ofOpens(texts, target) : [];
  yield* kind === 'client' ? ofClient(texts, target) : [];
  for (const event of STORY[kind]) yield* ofAnyLine(texts, event, target);
}

function* ofCloses(texts: string[], target: Target): Generator<ForeignMutation> {
  const at = target.at.connection_closed as number;
  const next = target.nextAt.connection_closed as number;
  const line = at + 1;
  yield edited('a close twice', duplicate(texts, at), [['close-orphaned', line + 1]]);
  yield edited('a number twice', copy(texts, at, { client_id: 'other' }), [
    ['sequence-duplicated', line + 1],
  ]);
  yield edited('a number that falls', patch(texts, at, { connection_sequence: target.unseen }), [
    ['sequence-not-increasing', line],
  ]);
  yield edited('two numbers in each other’s place', swapNumbers(texts, at, next), [
    ['sequence-not-increasing', next + 1],
  ]);
  // A server that logs closes alone leaves the same gap for an attempt that never reached it.
  yield edited('a close lost', texts.toSpliced(at, 1), []);
  // When a close was written is no matter: a connection starts at its time minus its duration.
  yield edited('two closes in each other’s place', swapLines(texts, at, next), []);
}

function* ofOpens(texts: string[], target: Target): Generator<ForeignMutation> {
  const opened = target.at.connection_opened as number;
  const closed = target.at.connection_closed as number;
  const nextOpened = target.nextAt.connection_opened as number;
  const nextClosed = target.nextAt.connection_closed as number;
  yield edited('an open twice', duplicate(texts, opened), [['sequence-duplicated', opened + 2]]);
  yield edited('a close twice', duplicate(texts, closed), [['close-orphaned', closed + 2]]);
  yield edited('a number twice', copy(texts, opened, { client_id: 'other' }), [
    ['sequence-duplicated', opened + 2],
  ]);
  yield edited('a close of nobody', copy(texts, closed, { client_id: 'other' }), [
    ['close-orphaned', closed + 2],
  ]);
  yield edited('an open lost', texts.toSpliced(opened, 1), [['close-orphaned', closed]]);
  // It may be open still: such a log does not tell where it ends.
  yield edited('a close lost', texts.toSpliced(closed, 1), []);
  yield edited(
    'a number that falls',
    patch(patch(texts, opened, { connection_sequence: target.unseen }), closed, {
      connection_sequence: target.unseen,
    }),
    [['sequence-not-increasing', opened + 1]],
  );
  yield edited(
    'a number that falls at the open alone',
    patch(texts, opened, { connection_sequence: target.unseen }),
    [
      ['sequence-not-increasing', opened + 1],
      ['close-orphaned', closed + 1],
    ],
  );
  yield edited(
    'another number at the close alone',
    patch(texts, closed, { connection_sequence: target.unseen }),
    [['close-orphaned', closed + 1]],
  );
  yield edited('two opens’ numbers in each other’s place', swapNumbers(texts, opened, nextOpened), [
    ['sequence-not-increasing', nextOpened + 1],
    ['close-orphaned', closed + 1],
    ['close-orphaned', nextClosed + 1],
  ]);
  yield edited('two opens in each other’s place', swapLines(texts, opened, nextOpened), [
    ['sequence-not-increasing', nextOpened + 1],
  ]);
  yield edited('two closes in each other’s place', swapLines(texts, closed, nextClosed), []);
}

function* ofClient(texts: string[], target: Target): Generator<ForeignMutation> {
  const { next } = target;
  const attempt = target.at.connection_attempt as number;
  const opened = target.at.connection_opened as number;
  const closed = target.at.connection_closed as number;
  const nextAttempt = target.nextAt.connection_attempt as number;
  yield edited('an attempt twice', duplicate(texts, attempt), [
    ['sequence-duplicated', attempt + 2],
  ]);
  yield edited('a welcome twice', duplicate(texts, opened), [['sequence-duplicated', opened + 2]]);
  yield edited('a close twice', duplicate(texts, closed), [['close-orphaned', closed + 2]]);
  yield edited('an attempt lost', texts.toSpliced(attempt, 1), [
    ['attempt-skipped', opened],
    ['attempt-skipped', nextAttempt],
  ]);
  yield edited('a welcome lost', texts.toSpliced(opened, 1), [['close-orphaned', closed]]);
  // It may be open still: such a log does not tell where it ends.
  yield edited('a close lost', texts.toSpliced(closed, 1), []);
  yield edited(
    'an attempt with a number ahead',
    patch(texts, attempt, { connection_sequence: next + 1000 }),
    [
      ['attempt-skipped', attempt + 1],
      ['attempt-skipped', opened + 1],
      ['sequence-not-increasing', nextAttempt + 1],
    ],
  );
  yield edited(
    'an attempt with the next number',
    patch(texts, attempt, { connection_sequence: next }),
    [
      ['attempt-skipped', attempt + 1],
      ['attempt-skipped', opened + 1],
      ['sequence-duplicated', nextAttempt + 1],
    ],
  );
  yield edited('two attempts in each other’s place', swapLines(texts, attempt, nextAttempt), [
    ['attempt-skipped', attempt + 1],
    ['attempt-skipped', opened + 1],
    ['sequence-not-increasing', nextAttempt + 1],
    ['attempt-skipped', (target.attemptAfter as number) + 1],
  ]);
}

/** What makes a line unreadable, or its number. */
function* ofAnyLine(texts: string[], event: string, target: Target): Generator<ForeignMutation> {
  const at = target.at[event] as number;
  const text = texts[at] as string;
  const number = `"connection_sequence":${target.number}`;
  // Where a line without a number names a connection, the rest of that one's lines is no mystery.
  const missed = event === 'connection_attempt' ? lossOf(event, target) : [];
  for (const value of NO_NUMBERS) {
    const changed = texts.with(at, text.replace(number, `"connection_sequence":${value}`));
    yield edited(`${event} with ${value} for a number`, changed, [
      ['sequence-missing', at + 1],
      ...missed,
    ]);
  }
  yield* damage(texts, at, event, lossOf(event, target));
}

/** What is wrong with the lines around one that can't be read. */
function lossOf(event: string, { at, nextAt }: Target): ForeignMutation['findings'] {
  const { connection_opened, connection_closed } = at;
  if (event === 'connection_attempt') {
    return [
      ['attempt-skipped', (connection_opened as number) + 1],
      ['attempt-skipped', (nextAt.connection_attempt as number) + 1],
    ];
  }
  if (event === 'connection_opened') return [['close-orphaned', (connection_closed as number) + 1]];
  return [];
}

function* damage(
  texts: string[],
  at: number,
  event: string,
  findings: ForeignMutation['findings'],
): Generator<ForeignMutation> {
  const text = texts[at] as string;
  const middle = Math.floor(text.length / 2);
  const before = `${texts.slice(0, at).join('\n')}\n`;
  const after = `\n${texts.slice(at + 1).join('\n')}\n`;
  const damages: Record<string, Buffer> = {
    'zeroed in its middle': Buffer.from(text).fill(0, middle, middle + 16),
    'not UTF-8 in its middle': Buffer.from(text).fill(0xff, middle, middle + 1),
    'cut in its middle': Buffer.from(text.slice(0, middle)),
  };
  for (const [how, bytes] of Object.entries(damages)) {
    const all = Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)]);
    yield { name: `${event} ${how}`, bytes: all, findings, damaged: at + 1 };
  }
  const cut = Buffer.from(before + text.slice(0, middle));
  yield {
    name: `the log cut in the middle of ${event}`,
    bytes: cut,
    findings: [],
    damaged: at + 1,
  };
}

/** Lines as brute force takes them. */
export function readable(bytes: Buffer): BruteLog['lines'] {
  const texts = bytes.toString('latin1').split('\n');
  if (texts.at(-1) === '') texts.pop();
  return texts.map((text) => {
    // All that is sound here is ASCII.
    if (/[^\x20-\x7e]/.test(text)) return null;
    try {
      return JSON.parse(text);
    } catch {
      return null;
    }
  });
}

const toBytes = (texts: string[]): Buffer => Buffer.from(`${texts.join('\n')}\n`);

const edited = (
  name: string,
  texts: string[],
  findings: ForeignMutation['findings'],
): ForeignMutation => ({ name, bytes: toBytes(texts), findings });

const duplicate = (texts: string[], at: number) => texts.toSpliced(at, 0, texts[at] as string);

const copy = (texts: string[], at: number, fields: Partial<Line>) =>
  texts.toSpliced(at + 1, 0, changed(texts[at] as string, fields));

const patch = (texts: string[], at: number, fields: Partial<Line>) =>
  texts.with(at, changed(texts[at] as string, fields));

const changed = (text: string, fields: Partial<Line>) =>
  JSON.stringify({ ...JSON.parse(text), ...fields });

const numberAt = (texts: string[], at: number) =>
  (JSON.parse(texts[at] as string) as Line).connection_sequence;

const swapNumbers = (texts: string[], one: number, other: number) =>
  patch(patch(texts, one, { connection_sequence: numberAt(texts, other) }), other, {
    connection_sequence: numberAt(texts, one),
  });

const swapLines = (texts: string[], one: number, other: number) =>
  texts.with(one, texts[other] as string).with(other, texts[one] as string);

/** Lines that a connection of that kind has, in their order. */
const STORY: Record<Kind, string[]> = {
  closes: ['connection_closed'],
  opens: ['connection_opened', 'connection_closed'],
  client: ['connection_attempt', 'connection_opened', 'connection_closed'],
};

/** The first after the middle that is whole, as is the next of its session, which opened after it ended. */
function findTarget(texts: string[], kind: Kind): Target {
  const lines = texts.map((text) => JSON.parse(text) as Line);
  const indexes = (session: string, number: number) =>
    Object.fromEntries(
      lines.flatMap((line, index) =>
        line.session_id === session && line.connection_sequence === number
          ? [[line.event ?? 'connection_closed', index] as const]
          : [],
      ),
    );
  const isWhole = (at: Record<string, number>) => Object.keys(at).join() === STORY[kind].join();
  for (const { session_id: session, connection_sequence: number } of lines.slice(
    lines.length / 2,
  )) {
    const [at, nextAt] = [indexes(session, number), indexes(session, number + 1)];
    const isLast = Math.max(...Object.values(at)) > Math.min(...Object.values(nextAt));
    if (!isWhole(at) || !isWhole(nextAt) || isLast) continue;
    const seen = new Set(
      lines.filter((l) => l.session_id === session).map((l) => l.connection_sequence),
    );
    const lower = Array.from({ length: number - 1 }, (_, i) => i + 1);
    const highest = lower.findLast((n) => seen.has(n)) ?? 0;
    const unseen = lower.find((n) => n < highest && !seen.has(n));
    if (kind !== 'client' && unseen === undefined) continue;
    const attemptAfter = indexes(session, number + 2).connection_attempt;
    if (kind === 'client' && attemptAfter === undefined) continue;
    return { session, number, next: number + 1, unseen: unseen ?? 0, at, nextAt, attemptAfter };
  }
  throw new Error('no connection to be tampered with');
}
