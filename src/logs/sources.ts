import { type BigIntStats, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { LOG_FILES, type LogName, WORKER_LOGS } from '../core/records.ts';
import type { Peekable } from './byte-reader.ts';
import { STDIN } from './bytes.ts';
import type { Description } from './description.ts';
import { LogUnreadable, reading } from './errors.ts';
import type { EventValues } from './mapping.ts';
import { parseRotated } from './rotation.ts';
import { findLogs, naturally, workerOf } from './run-logs.ts';
import { type Sniffed, sniff } from './sniff.ts';
import type { ToldBound } from './told-bounds.ts';

/** One file of a log. */
export interface Source {
  /** Path as the user named it, or as it was found; `-` for standard input. */
  file: string;
  log: LogName;
  /** Whose log it is: the rotated files of one server share it, from 0. */
  stream: number;
  /** Of a worker's log, in a run that several played: which of them, from 1. */
  worker?: number;
  /** The first stream whose clock its times are by, where that is not its own. */
  clock?: number;
  format: LogFormat;
  /** What is to be read, where it was looked at before; every look is then at the same bytes. */
  extent?: Extent;
  /** A server's log of one run, though it does not say so: nothing in it began before. */
  isOfRun?: boolean;
  /** Where its server's processes begin and end, which another log tells. */
  bounds?: readonly ToldBound[];
  /** What can be read once only, where somebody had to look at its beginning: for who opens it next. */
  opened?: Peekable | undefined;
}

/** Bytes of a file, as they were at some time. */
export interface Extent {
  /** Where they lie, if not at the source's own path. */
  path: string;
  /** Which file it is. */
  dev: number;
  ino: number;
  size: number;
  /** How it begins. */
  head: Buffer;
}

/** How lines of a log are to be understood. Plain data: it is handed to worker threads. */
export interface LogFormat {
  /** For canonical field names, the path of keys that holds them: `session_id: ['ctx', 'sid']`. */
  map: Readonly<Record<string, readonly string[]>>;
  /** For canonical event names, the values that stand for them: `connection_closed: ['ws.close']`. */
  events: EventValues;
  /** Of lines of words: the first that matches counts. */
  patterns?: readonly string[];
  /** What is known of such logs beside; what is said above comes first. */
  description?: Description | null;
  /** Milliseconds since the epoch; lines before are ignored. */
  since: number | null;
  /** Milliseconds since the epoch; lines at or after it are ignored. */
  until: number | null;
}

export interface SourceOptions extends Partial<LogFormat> {
  /** Further logs, which are of clients, whatever is in them. */
  client?: readonly string[];
  /** By run directory, as it is named: how its server's log is to be read. */
  runFormats?: ReadonlyMap<string, Description>;
  /** By glob that is named: its files. */
  globs?: ReadonlyMap<string, string[]>;
}

/** A file that was named, or found. */
interface Found {
  file: string;
  /** What it is known to be, before anyone looked into it. */
  log: LogName | null;
  /** null for standard input. */
  stats: BigIntStats | null;
  /** How it is to be read, whatever else is. */
  description?: Description | undefined;
}

/** Files that make one log. */
interface Stream {
  log: LogName;
  format: LogFormat;
  files: string[];
}

/**
 * The logs that the user named: files, run directories, directories, globs, `-`. A file named twice is
 * read once. Files of one stream stand together, oldest first.
 *
 * @throws LogUnreadable
 */
export function findSources(named: readonly string[], options: SourceOptions = {}): Source[] {
  const { client = [], map = {}, events = {}, since = null, until = null } = options;
  const { patterns = [], description = null, runFormats, globs } = options;
  const format: LogFormat = { map, events, patterns, description, since, until };
  const findAllOf = (name: string) =>
    globs?.get(name)?.map(fileAt) ?? findAll(name, runFormats?.get(name));
  const found = [
    ...client.flatMap((name) =>
      findAllOf(name).map((file) => ({ ...file, log: 'client' as const })),
    ),
    ...named.flatMap(findAllOf),
  ];
  const clocks = new Map<string, number>();
  return streamsOf(onlyOnce(found), format).flatMap(({ log, files, format }, stream) =>
    files.map((file) => ({
      file,
      log,
      stream,
      format,
      ...ofWorker({ file, log, stream }, clocks),
    })),
  );
}

/** Workers of one run tell times by the clock of its coordinator. */
function ofWorker(
  { file, log, stream }: Pick<Source, 'file' | 'log' | 'stream'>,
  clocks: Map<string, number>,
): Pick<Source, 'worker' | 'clock'> {
  const worker = workerOf(basename(file));
  const directory = dirname(file);
  if (worker === undefined || !isReadableRun(directory)) return {};
  const key = JSON.stringify([resolve(directory), log]);
  const clock = clocks.get(key) ?? stream;
  clocks.set(key, clock);
  return { worker, clock };
}

function findAll(name: string, runFormat?: Description): Found[] {
  if (name === STDIN) return [{ file: name, log: null, stats: null }];
  const stats = reading(name, () => statSync(name, { throwIfNoEntry: false }));
  if (stats?.isDirectory()) return inDirectory(name, runFormat);
  return [fileAt(name)];
}

function fileAt(file: string): Found {
  return { file, log: null, stats: reading(file, () => statSync(file, { bigint: true })) };
}

/** Of a run's own files, its logs; of any other directory, all that is named like a log. */
function inDirectory(directory: string, runFormat?: Description): Found[] {
  const names = reading(directory, () => readdirSync(directory));
  if (isRun(names)) {
    return findLogs(directory).logs.map(({ log, file }) => ({
      ...fileAt(file),
      log,
      ...(log === 'server' && { description: runFormat }),
    }));
  }
  // Beside runs, what is named like a log is something else.
  const logs = isReadableRun(join(directory, 'latest')) ? [] : logsAmong(names, directory);
  if (logs.length > 0) return logs;
  const run = ['latest', ...names].find((name) => isReadableRun(join(directory, name)));
  throw new LogUnreadable(
    directory,
    run === undefined
      ? 'no logs (*.ndjson, *.jsonl, *.log, *.json) are here'
      : `the logs of several runs are here; name one, as ${join(directory, run)}`,
  );
}

function logsAmong(names: readonly string[], directory: string): Found[] {
  return names
    .filter((name) => parseRotated(name).hasExtension)
    .toSorted(naturally)
    .map((name) => fileAt(join(directory, name)))
    .filter(({ stats }) => !stats?.isDirectory());
}

/** Whether it is a directory that a run left. @throws LogUnreadable */
export function isRunDirectory(path: string): boolean {
  return reading(path, () => {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isDirectory() === true && isRun(readdirSync(path));
  });
}

/** What can't be looked at is none that could be named. */
export function isReadableRun(path: string): boolean {
  try {
    return isRunDirectory(path);
  } catch {
    return false;
  }
}

/** A run that was cut short may lack a log, but not its scenario. */
function isRun(names: readonly string[]): boolean {
  const isThere = (file: string) => names.includes(file);
  const hasClients =
    isThere(LOG_FILES.client) || names.some((name) => WORKER_LOGS.client.test(name));
  const hasLogs = isThere(LOG_FILES.server) && hasClients && isThere(LOG_FILES.faults);
  return isThere('scenario.yaml') || hasLogs;
}

function onlyOnce(found: readonly Found[]): Found[] {
  const seen = new Set<string>();
  return found.filter(({ stats }) => {
    const identity = stats === null ? STDIN : `${stats.dev}:${stats.ino}`;
    return !seen.has(identity) && seen.add(identity);
  });
}

function streamsOf(found: readonly Found[], format: LogFormat): Stream[] {
  const groups = new Map<string, Found[]>();
  for (const file of found) {
    const key = streamKey(file);
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()].map((files) => streamOf(files, format));
}

/** Logs of another kind are other logs, whatever their names. */
function streamKey({ file, log, stats }: Found): string {
  if (stats === null) return STDIN;
  return JSON.stringify([resolve(dirname(file)), parseRotated(basename(file)).stem, log]);
}

interface Sniffable extends Found {
  sniffed: Sniffed;
}

function streamOf(found: readonly Found[], common: LogFormat): Stream {
  const own = found[0]?.description;
  const format = own ? { ...common, description: own } : common;
  const files = found.map((file) => ({ ...file, sniffed: look(file, format) }));
  const known = files.find(({ log, sniffed }) => log ?? sniffed.log);
  return {
    log: known?.log ?? known?.sniffed.log ?? logByName(found[0]?.file ?? ''),
    files: files.toSorted(oldestFirst).map(({ file }) => file),
    format,
  };
}

/** What can be read once only is not looked into: what was seen would be missing later. */
function look({ file, stats }: Found, format: LogFormat): Sniffed {
  return stats?.isFile() ? sniff(file, format) : { log: null, time: null };
}

const logByName = (file: string): LogName =>
  /client|browser/i.test(basename(file)) ? 'client' : 'server';

/** Whose log it is, by the lines that are there or else by its name. */
export function logIn(file: string, format: LogFormat): LogName {
  const stats = reading(file, () => statSync(file, { throwIfNoEntry: false }));
  return (stats?.isFile() && sniff(file, format).log) || logByName(file);
}

/** Files without a time come last: what is empty is the log that was begun just now. */
function oldestFirst(a: Sniffable, b: Sniffable): number {
  const times = (a.sniffed.time ?? Infinity) - (b.sniffed.time ?? Infinity);
  return (
    (Number.isNaN(times) ? 0 : times) || byRotation(a.file, b.file) || naturally(a.file, b.file)
  );
}

/** Higher numbers are older; the file without a number is the newest. */
function byRotation(a: string, b: string): number {
  const [numberA, numberB] = [a, b].map((file) => parseRotated(basename(file)).number ?? 0);
  return (numberB ?? 0) - (numberA ?? 0);
}
