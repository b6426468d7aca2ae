/** Two-sided logs of many sessions, of which most have something wrong. */
import { type Line, type Lines, play, type Step, TAB_STEPS } from '../judge/world.ts';

/** Numbers in [0, 1). */
export type Random = () => number;

export const below = (random: Random, limit: number): number => Math.floor(random() * limit);

export const pick = <T>(random: Random, all: readonly T[]): T =>
  all[below(random, all.length)] as T;

/** How much of each logs begin with, and how much is known beside them. */
export const KINDS = ['a run', 'two machines', 'logs that begin in the middle'] as const;
export type Kind = (typeof KINDS)[number];

/** The logs that are there; a server's and a client's at least. */
export type Logs = Pick<Lines, 'server' | 'client'> & Partial<Lines>;

export interface Size {
  tabs: number;
  /** What happens to them, one after the other. */
  steps: number;
  /** Things that are made wrong. */
  edits: number;
}

/** One tab does all this, and is left as it is: so other sessions are never the first to have a kind of line. */
const WITNESS: Step[] = [
  [0, 'fail-dial'],
  [0, 'refresh'],
  [0, 'drop'],
  [0, 'reject'],
];

export function defectiveLogs(random: Random, kind: Kind, { edits, ...size }: Size): Logs {
  const lines = soundRun(random, size);
  const groups = groupsOf(lines);
  const isWitness = (line: Line) => groups.get(line) === groups.get(lines.client[1] as Line);
  for (let edit = 0; edit < edits; edit++) {
    const log = lines[pick(random, ['server', 'server', 'client', 'client', 'faults'] as const)];
    const isOpen = (line: Line) => !isOfProcess(line) && !isWitness(line);
    if (log.some(isOpen)) {
      pick(random, EDITS)(random, log, () => {
        let at = below(random, log.length);
        while (!isOpen(log[at] as Line)) at = below(random, log.length);
        return at;
      });
    }
  }
  return ofKind(lines, kind);
}

/** A run in which nothing is wrong; `isCalm`: and nothing happens to its server. */
export function soundRun(
  random: Random,
  { tabs, steps }: Omit<Size, 'edits'>,
  isCalm = false,
): Lines {
  const step = (): Step => {
    const drawn = random();
    if (!isCalm && drawn < 0.01) return pick(random, ['restart', 'kill'] as const);
    return [1 + below(random, tabs), pick(random, TAB_STEPS)];
  };
  return play([
    ...WITNESS,
    ...Array.from({ length: tabs }, (): Step => (random() < 0.9 ? 'open' : 'open-continued')),
    ...Array.from({ length: steps }, step),
  ]);
}

function ofKind({ server, client, faults }: Lines, kind: Kind): Logs {
  if (kind === 'a run') return { server, client, faults };
  if (kind === 'two machines') return { server, client };
  const middle = (log: Line[]) => log.filter((line) => !isOfProcess(line));
  return { server: middle(server), client: middle(client) };
}

/** It tells of a process, and of no session. */
export const isOfProcess = ({ event }: Line): boolean =>
  /_(?:started|stopped)$/.test(event) && event !== 'session_started';

/** Changes a log. `place` draws the index of a line that may be changed. */
type Edit = (random: Random, log: Line[], place: () => number) => void;

const HOUR_MS = 3_600_000;

const EDITS: Edit[] = [
  (_random, log, place) => log.splice(place(), 1),
  (random, log, place) => {
    const at = place();
    log.splice(random() < 0.5 ? at : place(), 0, { ...(log[at] as Line) });
  },
  (_random, log, place) => {
    const [one, other] = [place(), place()];
    [log[one], log[other]] = [log[other] as Line, log[one] as Line];
  },
  (random, log, place) => {
    const at = place();
    const line = log[at] as Line;
    const time = Date.parse(line.time) + (random() < 0.5 ? HOUR_MS : -HOUR_MS);
    log[at] = { ...line, time: new Date(time).toISOString() };
  },
  forkAgain,
  // Fields are what most can be wrong with.
  ...Array.from({ length: 6 }, () => editField),
];

/** How often a line of a kind is looked for. */
const TRIES = 40;

/** A page that begins a session as a copy begins another one. */
function forkAgain(random: Random, log: Line[], place: () => number): void {
  for (let tried = 0; tried < TRIES; tried++) {
    const at = place();
    const line = log[at] as Line;
    if (line.event !== 'session_started' || line.reason !== 'duplicate-tab') continue;
    const session_id = `again-${below(random, 2 ** 32)}`;
    log.splice(at + 1, 0, { ...line, session_id, parent_session_id: line.session_id });
    return;
  }
}

/** Takes it away, changes it a little, or takes over what another line has, of the same session or not. */
function editField(random: Random, log: Line[], place: () => number): void {
  const at = place();
  const line = log[at] as Line;
  const names = Object.keys(line).filter((name) => name !== 'time' && name !== 'event');
  const field = pick(random, names);
  const value = line[field];
  const drawn = random();
  const set = (to: unknown) => {
    log[at] = { ...line, [field]: to };
  };
  if (drawn < 0.15) set(undefined);
  else if (typeof value === 'boolean') set(!value);
  else if (typeof value === 'number' && drawn < 0.5) set(value + (random() < 0.5 ? 1 : -1));
  else if (drawn < 0.8) {
    const { session_id } = line;
    const own = log.filter((other) => other.session_id === session_id && field in other);
    set(pick(random, own)[field]);
  } else {
    const other = log[place()] as Line;
    if (field in other) set(other[field]);
  }
}

/** What may depend on each other: lines that share an id, however far apart. */
export function groupsOf(logs: Logs): Map<Line, string> {
  const heads = new Map<string, string>();
  const headOf = (id: string): string => {
    const next = heads.get(id) ?? id;
    if (next === id) return id;
    const head = headOf(next);
    heads.set(id, head);
    return head;
  };
  const all = Object.values(logs).flat();
  for (const line of all) {
    const [first, ...rest] = idsOf(line);
    for (const id of rest) heads.set(headOf(id), headOf(first as string));
  }
  return new Map(
    all.map((line, index) => {
      const [id] = idsOf(line);
      return [line, id === undefined ? `line ${index}` : headOf(id)];
    }),
  );
}

/** Fields that name something, and what: names of different things have nothing to do with each other. */
export const ID_FIELDS = {
  session_id: 'session',
  parent_session_id: 'session',
  client_id: 'client',
  document_id: 'document',
} as const;

const idsOf = (line: Line): string[] =>
  Object.entries(ID_FIELDS).flatMap(([field, kind]) =>
    typeof line[field] === 'string' ? [`${kind} ${line[field]}`] : [],
  );
