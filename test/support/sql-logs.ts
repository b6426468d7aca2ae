/** Logs with things wrong, each with its lines: what `wsdiag sql` and `wsdiag check` are asked about. */
import fc from 'fast-check';
import { randomFor } from '../../src/core/random.ts';
import { type Line, play, type Step, TAB_STEPS } from '../judge/world.ts';
import { editedLogs } from './both-logs.ts';
import type { BruteLine } from './brute-force.ts';
import { below, defectiveLogs, pick, soundRun } from './defective-logs.ts';
import { generateLines } from './generated.ts';
import { mutations } from './mutations.ts';
import { begun, clientLog, closesLog, edited, opensLog } from './random-logs.ts';

/** Of one server, of its clients, or of both. */
export interface SqlLogs {
  /** What they are, and the seed that makes them again. */
  name: string;
  server?: BruteLine[];
  client?: BruteLine[];
  /** Of other servers. */
  others?: BruteLine[][];
}

type Make = (seed: number, directory: string) => Omit<SqlLogs, 'name'>;

const drawn = (arbitrary: fc.Arbitrary<BruteLine[]>, seed: number): BruteLine[] =>
  // A log without lines is no log in a table.
  fc.sample(
    arbitrary.filter(({ length }) => length > 0),
    { numRuns: 1, seed },
  )[0] as BruteLine[];

const SMALL = { tabs: 3, steps: 14, edits: 3 };

/** Sound logs that are edited: few are enough, for no two are edited alike. */
const SOUND = 4;
const sound = new Map<string, BruteLine[]>();

function generated(shape: 'closes' | 'server' | 'client', seed: number): BruteLine[] {
  const key = `${shape} ${seed % SOUND}`;
  const lines = sound.get(key) ?? parsed({ shape, lines: 60, sessions: 3, seed: seed % SOUND });
  sound.set(key, lines);
  return lines;
}

const parsed = (options: Parameters<typeof generateLines>[0]) =>
  generateLines(options).map((text): BruteLine => JSON.parse(text));

/** A log of a sound run, with one line deleted, doubled or renumbered. */
function mutated(seed: number): Omit<SqlLogs, 'name'> {
  const random = randomFor(seed, 'run');
  const { server, client } = soundRun(random, { tabs: 3, steps: 14 }, true);
  const log = pick(random, ['server', 'client'] as const);
  const lines = { server, client }[log].map((line) => JSON.stringify(line));
  const mutation = pick(random, [...mutations(lines)]);
  const texts = mutation.lines.map((text): BruteLine => JSON.parse(text));
  return { server, client, [log]: texts };
}

/** Some processes are killed, some stopped; lines are lost behind them. */
function killed(seed: number): Omit<SqlLogs, 'name'> {
  const random = randomFor(seed, 'run');
  const step = (): Step => [below(random, 3), pick(random, TAB_STEPS)];
  const steps = Array.from({ length: 8 }, step);
  const { server, client } = play([
    ...OPENED,
    ...steps,
    'kill',
    ...steps,
    pick(random, ['kill', 'restart'] as const),
    ...steps,
  ]);
  const lost = Array.from({ length: 3 }, () => below(random, server.length));
  const left = server
    .filter((_, index) => !lost.includes(index))
    .map((line) => ('session_verified' in line && random() < 0.2 ? unverified(line) : line))
    .map((line) => (line.connection_sequence && random() < 0.05 ? renumbered(line) : line));
  return random() < 0.5 ? { server: left } : { server: left, client };
}

const unverified = (line: Line): Line => ({ ...line, session_verified: false });
const renumbered = (line: Line): Line => ({
  ...line,
  connection_sequence: Math.max(1, Number(line.connection_sequence) - 1),
});

const OPENED: Step[] = ['open', 'open', 'open'];

/** Logs that begin somewhere, of a server that is not wsdiag's: it tells of closes alone, or of nobody's token. */
function foreign(seed: number, directory: string): Omit<SqlLogs, 'name'> {
  const random = randomFor(seed, 'foreign');
  const [server, client] = editedLogs(directory, seed, { lines: 60, sessions: 4, edits: 2 }).lines;
  const isTold = pick(random, [
    ({ event }: BruteLine) => event === 'connection_closed',
    ({ event }: BruteLine) => String(event).startsWith('connection_'),
    ({ event }: BruteLine) => event !== 'server_started',
  ]);
  const told = server
    .slice(below(random, 20))
    .filter(isTold)
    .map(({ session_verified: _, ...line }) => line);
  const begun = client.slice(pick(random, [0, 0, 1, 15]));
  return random() < 0.3 ? { server: told } : { server: told, client: begun };
}

/** All takes ten times as long, so that durations tell what is older than the log. */
const stretched = (lines: BruteLine[]): BruteLine[] => {
  const [first] = lines;
  const start = Date.parse(String(first?.time));
  return lines.map((line) => ({
    ...line,
    time: new Date(start + 10 * (Date.parse(String(line.time)) - start)).toISOString(),
    ...(typeof line.duration_seconds === 'number' && {
      duration_seconds: 10 * line.duration_seconds,
    }),
  }));
};

const untold = (lines: BruteLine[]): BruteLine[] =>
  lines.map(({ session_verified: _, ...line }) => line);

/** No two servers give the same id; opens without a close are not one half of a server's log, then. */
function several(seed: number): Omit<SqlLogs, 'name'> {
  const random = randomFor(seed, 'servers');
  const [server = [], ...others] = Array.from({ length: 2 + below(random, 2) }, (_, index) => {
    const log = pick(random, [
      closesLog,
      opensLog,
      opensLog.map(untold),
      opensLog.map(begun('server')),
    ]);
    return drawn(log.filter(isNoHalf), 10 * seed + index).map(({ client_id, ...line }) => ({
      ...line,
      ...(client_id !== undefined && { client_id: `${index}${client_id}` }),
    }));
  });
  return { server, others };
}

const isNoHalf = (lines: BruteLine[]) =>
  lines.some(({ event }) => event === 'connection_closed') ||
  !lines.some(({ event }) => event === 'connection_opened');

const MAKERS: Record<string, Make> = {
  'two machines’ logs with defects': (seed) => {
    const { server, client } = defectiveLogs(randomFor(seed, 'logs'), 'two machines', SMALL);
    return { server, client };
  },
  'a run’s logs with one mutation': mutated,
  'logs that begin in the middle, with defects': (seed) => {
    const kind = 'logs that begin in the middle';
    const { server, client } = defectiveLogs(randomFor(seed, 'logs'), kind, SMALL);
    return { server, client };
  },
  'a server’s closes': (seed) => ({ server: drawn(closesLog, seed) }),
  'a server’s opens and closes': (seed) => ({ server: drawn(opensLog, seed) }),
  'a server’s log from its start': (seed) => ({
    server: drawn(opensLog.map(begun('server')), seed),
  }),
  'a slow server’s opens and closes': (seed) => ({
    server: drawn(opensLog.map(untold).map(stretched), seed),
  }),
  'a client’s log': (seed) => ({ client: drawn(clientLog, seed) }),
  'a client’s log from its start': (seed) => ({
    client: drawn(clientLog.map(begun('client')), seed),
  }),
  'an edited server’s log': (seed) => ({
    server: drawn(edited(begun('server')(generated('server', seed))), seed),
  }),
  'edited closes': (seed) => ({ server: drawn(edited(generated('closes', seed)), seed) }),
  'an edited client’s log': (seed) => ({ client: drawn(edited(generated('client', seed)), seed) }),
  'both logs, whole and edited': (seed, directory) => {
    const [server, client] = editedLogs(directory, seed, {
      lines: 60,
      sessions: 4,
      edits: 3,
    }).lines;
    return { server, client };
  },
  'logs of a server that was killed, without some lines': killed,
  'several servers’ logs': several,
  'another server’s log, that begins somewhere': foreign,
};

export const KINDS = Object.keys(MAKERS);

/** @param directory for files that are written on the way */
export function* sqlLogs(count: number, directory: string): Generator<SqlLogs> {
  for (let index = 0; index < count; index++) {
    const kind = KINDS[index % KINDS.length] as string;
    yield { name: `${kind}, seed ${index}`, ...(MAKERS[kind] as Make)(index, directory) };
  }
}
