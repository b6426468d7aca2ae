import { isRunDirectory, openSources, recogniseLogs } from '../logs/index.ts';
import type { Summary } from '../report/json.ts';
import { jsonSummary } from '../report/json.ts';
import { judgeLogs, judgeRun } from '../simulate/judge.ts';
import {
  eventOf,
  type LogOptions,
  mapOf,
  patternOf,
  sourceOptions,
  timeOf,
} from '../simulate/log-options.ts';
import { COMMAND } from './command.ts';
import { expectationsOf, parsed, type Strings, textsOf } from './given.ts';

/** As the flags of `wsdiag check`. */
export interface CheckOptions {
  /** Further logs, of clients, where their lines don't tell. */
  client?: Strings;
  /** Where these logs have a field, keys with dots between them: `{ session_id: 'ctx.sid', time: 'ts' }`. */
  map?: Readonly<Record<string, string>>;
  /** What these logs call an event: `{ connection_closed: ['ws.close', 'ws.drop'] }`. */
  event?: Readonly<Record<string, Strings>>;
  /** What lines of words say, as regular expressions of RE2 with named groups: `(?<event>up|down) (?<client_id>\w+)`. */
  pattern?: Strings;
  /** How these logs are to be read: the name of a shipped format, or a file that says it. */
  logFormat?: string;
  /** Lines before are ignored: a time, as ISO 8601 if it is a text, or how long ago, as `10m`. */
  since?: Date | string;
  /** Lines from then on are ignored. */
  until?: Date | string;
  /** Bounds on metrics, and what must not stand out: `recovery_p95 < 5s`, `lockstep: none`. */
  expect?: Strings;
  /** Ends the reading: `check` rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Bytes of logs read so far, and bytes there are; null where that can't be known. */
  onProgress?(read: number, total: number | null): void;
}

/**
 * Judges logs, a run's or any server's, as `wsdiag check` does. Whatever the verdict is, it resolves.
 *
 * @param logs files, run directories, directories, globs
 * @throws LogUnreadable for a log that is not there, or can't be read
 * @throws UsageError for options that make no sense
 * @throws LogFormatError for mistakes in the file that `logFormat` names
 * @throws EnvironmentError where that file can't be read
 */
export async function check(logs: Strings, options: CheckOptions = {}): Promise<Summary> {
  const { signal, onProgress } = options;
  const expect = expectationsOf(options.expect);
  const asked = await sourceOptions(logOptions(options));
  const reading = { signal, onProgress, expect };
  const named = textsOf(logs);
  const [directory = '', ...others] = named;
  const isAsWritten = Object.values(asked).every((value) => value === undefined);
  if (others.length === 0 && isAsWritten && isRunDirectory(directory)) {
    return jsonSummary(await judgeRun(directory, { ...reading, command: COMMAND }), COMMAND);
  }
  const { sources } = await recogniseLogs(await openSources(named, asked), signal);
  return jsonSummary(await judgeLogs(sources, reading), COMMAND);
}

function logOptions(options: CheckOptions): LogOptions {
  const { map = {}, event = {}, pattern, logFormat, since, until, client } = options;
  const pairs = (of: Readonly<Record<string, Strings>>) =>
    Object.entries(of).flatMap(([name, values]) =>
      textsOf(values).map((value) => `${name}=${value}`),
    );
  const clients = textsOf(client);
  return {
    map: parsed('map', pairs(map), mapOf),
    event: parsed('event', pairs(event), eventOf),
    pattern: parsed('pattern', textsOf(pattern), patternOf),
    logFormat,
    since: time('since', since),
    until: time('until', until),
    client: clients.length > 0 ? [...clients] : undefined,
  };
}

function time(option: string, given: Date | string | undefined): number | undefined {
  if (given === undefined) return undefined;
  return given instanceof Date ? given.getTime() : parsed(option, [given], timeOf);
}
