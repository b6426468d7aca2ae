import type * as z from 'zod';
import { formatDuration } from '../core/duration.ts';
import { DEFAULT_HEARTBEAT_TIMEOUT_MS } from '../core/settings.ts';
import { FAULTS, type FaultName, faultNamed, stepsOf } from '../faults/index.ts';
import { optionsOf, PROTOCOL_NAMES, type ProtocolName } from '../protocols/index.ts';
import { ONCE } from '../yaml/complaints.ts';
import { type Complaint, type Path, valueAt } from '../yaml/path.ts';
import {
  nthTimeMs,
  portionSize,
  type TimelineEntry,
  timesCount,
  toEntry,
  toWhen,
} from './scenario.ts';
import { FIELDS } from './schema.ts';

/**
 * Rules between fields. Each reads its fields by itself and is silent where one of them is wrong
 * on its own, so that they hold for the sound parts of a file whatever else is wrong in it.
 */
export function ruleComplaints(root: unknown): Complaint[] {
  const file = new FileReader(root);
  return [
    ...rampUp(file),
    ...backoff(file),
    ...minUptime(file),
    ...heartbeat(file),
    ...age(file),
    ...nodes(file),
    ...silence(file),
    ...portion(file, ['clients', 'defect']),
    ...target(file),
    ...timeline(file),
  ];
}

class FileReader {
  readonly root: unknown;
  readonly durationMs: number | undefined;
  readonly clients: number | undefined;
  /** Of the server. */
  readonly nodes: number;

  constructor(root: unknown) {
    this.root = root;
    this.durationMs = this.read(FIELDS.duration, ['duration']);
    this.clients = this.read(FIELDS.clients.count, ['clients', 'count']);
    this.nodes = this.read(FIELDS.servers.nodes, ['server', 'nodes']) ?? 1;
  }

  has(path: Path): boolean {
    return valueAt(this.root, path) !== undefined;
  }

  /** The value there, with its defaults; undefined where it is not valid. */
  read<T>(schema: z.ZodType<T>, path: Path): T | undefined {
    return schema.safeParse(valueAt(this.root, path), ONCE).data;
  }
}

const at = (path: Path, message: string): Complaint => ({ path, part: 'value', message });
const atKey = (path: Path, message: string): Complaint => ({ path, part: 'key', message });

function rampUp(file: FileReader): Complaint[] {
  const path = ['clients', 'ramp_up'];
  return pastEnd(file, path, file.read(FIELDS.clients.ramp_up, path));
}

function pastEnd({ durationMs }: FileReader, path: Path, ms: number | undefined): Complaint[] {
  if (durationMs === undefined || ms === undefined || ms <= durationMs) return [];
  const [end, key] = [formatDuration(durationMs), String(path.at(-1))];
  return [at(path, `"${key}" is ${formatDuration(ms)}, past the end: "duration" is ${end}`)];
}

function backoff(file: FileReader): Complaint[] {
  const path = ['clients', 'backoff'];
  const policy = file.read(FIELDS.backoff.policy, [...path, 'policy']);
  if (policy === undefined) return [];
  const [least, other] =
    policy === 'uniform' ? (['min', 'base'] as const) : (['base', 'min'] as const);
  if (file.has([...path, other])) {
    return [atKey([...path, other], `"${policy}" takes "${least}", not "${other}"`)];
  }
  const lowest = file.read(FIELDS.backoff[least], [...path, least]);
  const max = file.read(FIELDS.backoff.max, [...path, 'max']);
  if (lowest === undefined || max === undefined || lowest <= max) return [];
  const [low, high] = [formatDuration(lowest), formatDuration(max)];
  const key = file.has([...path, least]) ? least : 'max';
  return [at([...path, key], `"${least}" (${low}) must not be greater than "max" (${high})`)];
}

function minUptime(file: FileReader): Complaint[] {
  const path = ['clients', 'min_uptime'];
  const reset = file.read(FIELDS.clients.reset, ['clients', 'reset']);
  if (!file.has(path) || reset === undefined || reset === 'min_uptime') return [];
  return [atKey(path, `with "reset: ${reset}" nobody asks for "min_uptime"; remove it`)];
}

function heartbeat(file: FileReader): Complaint[] {
  const path = ['server', 'heartbeat'];
  const timeout = file.read(FIELDS.heartbeat.timeout, [...path, 'timeout']);
  const interval = file.read(FIELDS.heartbeat.interval, [...path, 'interval']);
  if (timeout === undefined || interval === undefined || timeout > interval) return [];
  const [long, short] = [formatDuration(timeout), formatDuration(interval)];
  const key = file.has([...path, 'timeout']) ? 'timeout' : 'interval';
  return [at([...path, key], `"timeout" (${long}) must be greater than "interval" (${short})`)];
}

function age(file: FileReader): Complaint[] {
  const path = ['server', 'max_connection_age'];
  const { min, max } = file.read(FIELDS.age, path) ?? {};
  if (min === undefined || max === undefined || min <= max) return [];
  const [low, high] = [formatDuration(min), formatDuration(max)];
  return [at([...path, 'min'], `"min" (${low}) must not be greater than "max" (${high})`)];
}

function nodes(file: FileReader): Complaint[] {
  const path = ['server', 'nodes'];
  const balance = ['server', 'balance'];
  const acrossNodes = ['expect', 'peak_connections'];
  return [
    ...(file.has(path) && file.has(['target'])
      ? [atKey(path, 'only the reference server has nodes; a target is one to wsdiag: remove it')]
      : []),
    ...(file.has(balance) && file.nodes === 1
      ? [atKey(balance, 'there is one server to balance between; add "nodes: 2", or more')]
      : []),
    ...(file.has(acrossNodes) && file.nodes > 1 ? [atKey(acrossNodes, ACROSS_NODES)] : []),
  ];
}

const ACROSS_NODES =
  '"peak_connections" is not measured across nodes, whose clocks are not compared; remove it, or use "peak_sessions_down"';

/** Pings and ping messages are all that comes from a quiet server: with fewer of them, every client gives it up. */
function silence(file: FileReader): Complaint[] {
  const own = ['clients', 'heartbeat'];
  const heartbeat = file.read(FIELDS.clients.heartbeat, own);
  const as = file.read(FIELDS.clients.as, ['clients', 'as']);
  const interval = file.read(FIELDS.heartbeat.interval, ['server', 'heartbeat', 'interval']);
  if (heartbeat === undefined || heartbeat === 'none') return [];
  // What else a target sends, nobody knows.
  if (file.has(['target']) && heartbeat.message === undefined) return [];
  const { message, timeout = DEFAULT_HEARTBEAT_TIMEOUT_MS } = heartbeat;
  const heard = message ?? (as === 'node' ? interval : undefined);
  if (as === undefined || interval === undefined) return [];
  const place = [...own, heartbeat.timeout === undefined ? 'message' : 'timeout'];
  if (heard === undefined) {
    const cure = 'add "message: 15s", which the server then sends, or "as: node" to the clients';
    return [at(place, `a page can't hear the server's pings; ${cure}`)];
  }
  if (heartbeat.timeout === undefined && message !== undefined) return [];
  if (timeout > heard) return [];
  const [long, between] = [formatDuration(timeout), formatDuration(heard)];
  const need = message === undefined ? 'its heartbeat' : '"message"';
  return [
    at(
      place,
      `clients that take the server for dead after ${long} need ${need} more often than every ${between}`,
    ),
  ];
}

function portion(file: FileReader, path: Path): Complaint[] {
  const [share, count] = [
    [...path, 'share'],
    [...path, 'count'],
  ] as const;
  if (file.has(share) && file.has(count)) {
    return [atKey(count, '"share" and "count" exclude each other; remove one of them')];
  }
  const wanted = file.read(FIELDS.count, count) ?? 0;
  if (file.clients === undefined || wanted <= file.clients) return [];
  const there = file.clients === 1 ? 'is only 1 client' : `are only ${file.clients} clients`;
  return [at(count, `"count" is ${wanted}, but there ${there}`)];
}

function target(file: FileReader): Complaint[] {
  const path = ['target'];
  if (!file.has(path)) return [];
  const inPath = (...keys: string[]) => [...path, ...keys];
  const protocol = valueAt(file.root, inPath('protocol'));
  const isCustom = [protocol, valueAt(protocol, ['name'])].includes('custom');
  const ofCustom = ['hello', 'welcome'].map((key) => inPath(key)).filter((key) => file.has(key));
  const [logFile, logFrom] = [inPath('log', 'file'), inPath('log', 'from')];
  const isPrinted = file.has(logFrom) || typeof valueAt(file.root, inPath('log')) === 'string';
  const isMap = typeof valueAt(file.root, inPath('log')) === 'object';
  return [
    ...(isCustom ? [] : ofCustom).map((key) =>
      atKey(key, `"${key[1]}" goes with "protocol: custom" only; add that, or remove it`),
    ),
    ...lackingOptions(inPath('protocol'), protocol),
    ...(file.has(logFile) && file.has(logFrom)
      ? [atKey(logFrom, '"file" and "from" exclude each other; remove one of them')]
      : []),
    ...(isMap && !file.has(logFile) && !file.has(logFrom)
      ? [at(inPath('log'), 'this log has no place; add "file" or "from"')]
      : []),
    ...(isPrinted && !file.has(inPath('start'))
      ? [at(inPath('log'), 'only what "start" starts can be heard; add "start", or name a file')]
      : []),
  ];
}

/** Some protocols have an option that must be said, so their name alone says too little. */
function lackingOptions(path: Path, name: unknown): Complaint[] {
  const isName = (PROTOCOL_NAMES as unknown[]).includes(name);
  const options = isName ? optionsOf(name as ProtocolName) : undefined;
  const lacking = options?.safeParse({}).error?.issues ?? [];
  return lacking.map(({ path: [key], message }) =>
    at(path, `"${name}" needs ${message}; write { name: ${name}, ${String(key)}: … }`),
  );
}

function timeline(file: FileReader): Complaint[] {
  const entries = valueAt(file.root, ['timeline']);
  if (!Array.isArray(entries)) return [];
  const paths = entries.map((_, index): Path => ['timeline', index]);
  const found = paths.map((path) => [
    ...timing(file, path),
    ...targets(file, path),
    ...onNodes(file, path),
  ]);
  const sound = paths.filter((_, index) => found[index]?.length === 0);
  return [
    ...found.flat(),
    ...overruns(file, sound),
    ...tooManyHits(file, sound),
    ...tooManyTabs(file, sound),
  ];
}

function targets(file: FileReader, path: Path): Complaint[] {
  const name = valueAt(file.root, [...path, 'fault']);
  const onServer =
    typeof name === 'string' &&
    Object.hasOwn(FAULTS, name) &&
    faultNamed(name as FaultName).target === 'server';
  return onServer ? [] : portion(file, path);
}

function onNodes(file: FileReader, path: Path): Complaint[] {
  const [rolling, node] = [
    [...path, 'rolling'],
    [...path, 'node'],
  ];
  if (file.has(['target'])) {
    return [rolling, node]
      .filter((field) => file.has(field))
      .map((field) => atKey(field, 'a target is one server to wsdiag; remove it'));
  }
  if (file.has(rolling) && file.nodes === 1) {
    return [atKey(rolling, 'there is one server to restart; add "nodes: 3" to "server"')];
  }
  const number = file.read(FIELDS.node, node) ?? 1;
  if (number <= file.nodes) return [];
  return [at(node, `there is no node ${number}; "server.nodes" is ${file.nodes}`)];
}

function timing(file: FileReader, path: Path): Complaint[] {
  const entry = valueAt(file.root, path);
  if (typeof entry !== 'object' || entry === null) return [];
  const [once, every] = [
    [...path, 'at'],
    [...path, 'every'],
  ];
  if (file.has(once) && file.has(every)) {
    return [atKey(every, '"at" and "every" exclude each other; remove one of them')];
  }
  if (file.has(every)) return period(file, path);
  if (file.has(once))
    return [...pastEnd(file, once, file.read(FIELDS.at, once)), ...limits(file, path)];
  return [at(path, 'this entry has no time; add "at" or "every"')];
}

function limits(file: FileReader, path: Path): Complaint[] {
  return ['from', 'until']
    .map((key) => [...path, key])
    .filter((limit) => file.has(limit))
    .map((limit) => atKey(limit, `"${String(limit.at(-1))}" goes with "every" only; remove it`));
}

function period(file: FileReader, path: Path): Complaint[] {
  const read = (key: 'every' | 'from' | 'until') => file.read(FIELDS[key], [...path, key]);
  const [every, from, until] = [read('every'), read('from'), read('until')];
  const late = pastEnd(file, [...path, 'until'], until);
  if (late.length > 0 || every === undefined || file.durationMs === undefined) return late;
  const when = toWhen({ every, from, until }, file.durationMs);
  if (timesCount(when) > 0 || !('fromMs' in when)) return [];
  const key = ['from', 'until', 'every'].find((name) => file.has([...path, name])) ?? 'every';
  const [first, end] = [formatDuration(when.fromMs), formatDuration(when.untilMs)];
  return [
    at([...path, key], `this never happens: it would begin at ${first} and end before ${end}`),
  ];
}

function soundEntry(file: FileReader, path: Path): TimelineEntry | undefined {
  const entry = file.read(FIELDS.entry, path);
  return entry && file.durationMs !== undefined ? toEntry(entry, file.durationMs) : undefined;
}

/** What happens several times from its time on, as presses of F5 do, must end in time. */
function overruns(file: FileReader, paths: Path[]): Complaint[] {
  return paths.flatMap((path) => {
    const entry = soundEntry(file, path);
    if (entry === undefined || file.durationMs === undefined) return [];
    const lastMs = nthTimeMs(entry.when, timesCount(entry.when) - 1);
    const steps = stepsOf(entry.fault, entry.params, file.nodes);
    const endMs = lastMs + Math.max(...steps.map(({ afterMs }) => afterMs));
    if (endMs <= file.durationMs) return [];
    const [end, duration] = [formatDuration(endMs), formatDuration(file.durationMs)];
    return [
      at(path, `"${entry.fault}" goes on to ${end}, past the end: "duration" is ${duration}`),
    ];
  });
}

const MAX_HITS = 1_000_000;

function tooManyHits(file: FileReader, paths: Path[]): Complaint[] {
  let hits = 0;
  for (const path of paths) {
    const entry = soundEntry(file, path);
    if (entry) hits += hitsOf(entry, file);
    if (hits > MAX_HITS) {
      const message = `the timeline comes to more than ${MAX_HITS} hits here; make "every" longer, or hit fewer clients`;
      return [at(path, message)];
    }
  }
  return [];
}

function hitsOf({ fault, params, portion, when }: TimelineEntry, file: FileReader): number {
  const onServer = faultNamed(fault).target === 'server';
  const size = onServer ? 1 : portionSize(portion, file.clients ?? 1);
  return timesCount(when) * stepsOf(fault, params, file.nodes).length * Math.max(1, size);
}

/** Copies are tabs of processes that were to carry their originals. */
const MAX_TABS = 100_000;
const MAX_TABS_OF_CLIENT = 5;

/** Copies are tabs too: where all are duplicated, each time doubles what the times before came to. */
function tooManyTabs(file: FileReader, paths: Path[]): Complaint[] {
  const entries = paths.map((path) => soundEntry(file, path));
  // Where tabs are closed as well, how many there come to be is for the run to show.
  if (entries.some((entry) => entry?.fault === 'close_tab')) return [];
  let tabs = file.clients ?? 1;
  const most = Math.max(MAX_TABS, MAX_TABS_OF_CLIENT * tabs);
  for (const [index, path] of paths.entries()) {
    const entry = entries[index];
    if (entry?.fault !== 'duplicate_tab') continue;
    const times = timesCount(entry.when);
    if (entry.portion === 'all') tabs *= 2 ** times;
    else tabs += times * portionSize(entry.portion, file.clients ?? 1);
    if (tabs > most) {
      const message = `copies are duplicated too, so this comes to more than ${most} tabs; add "count" or "share", or make it happen less often`;
      return [at(path, message)];
    }
  }
  return [];
}
