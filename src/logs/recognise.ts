import { statSync } from 'node:fs';
import { openBytes } from './bytes.ts';
import type { Description } from './description.ts';
import { createParser, type Parsed } from './parse.ts';
import { inUnit, type ShownUnit, shownUnit } from './shown-unit.ts';
import { HEAD_BYTES, headOf, linesOf } from './sniff.ts';
import type { LogFormat, Source } from './sources.ts';

/** Of a file's beginning. */
export const LINES_LOOKED_AT = 200;
/** Of the beginnings of all files of a log. */
const LINES_OF_LOG = 1000;

type Unrecognised = Pick<Source, 'format' | 'log'>;

/** How a log is read, beyond what was said of it. */
export interface Recognised {
  file: string;
  /** The shipped format that it is of. */
  format: string | null;
  /** Where its durations stand, in a unit that only its opens and closes show. */
  unit: ShownUnit | null;
  /** Its sessions are what all tabs of a browser share. */
  isSharedByTabs: boolean;
}

/** What the first lines show, whatever file they are of. */
export type Reading = { read: LogFormat } & Pick<Recognised, 'format' | 'unit'>;

interface Opened {
  source: Source;
  /** Those that it begins with. */
  lines: Buffer[];
}

/**
 * Finds the shipped format of each log that is not described and in which nothing is understood. What can be
 * read once only is opened for it, and read on from its beginning by who opens it next.
 *
 * @throws LogUnreadable
 */
export async function recogniseLogs(
  sources: readonly Source[],
  signal?: AbortSignal,
): Promise<{ sources: Source[]; recognised: Recognised[] }> {
  const streams = new Map<number, Opened[]>();
  for (const source of sources) {
    const files = streams.get(source.stream) ?? [];
    streams.set(source.stream, [...files, await openedAhead(source, signal)]);
  }
  const known: Source[] = [];
  const recognised: Recognised[] = [];
  for (const files of streams.values()) {
    const lines = files.flatMap((file) => file.lines).slice(0, LINES_OF_LOG);
    const [first] = files as [Opened];
    const { read, format, unit } = readingOf(
      lines,
      first.source,
      await shippedFormatOf(lines, first.source),
    );
    for (const { source, lines } of files) {
      const one = { ...source, format: read };
      known.push(one);
      const isShared = isSharedByTabs(lines, one);
      if (format === null && unit === null && !isShared) continue;
      recognised.push({ file: source.file, format, unit, isSharedByTabs: isShared });
    }
  }
  return { sources: known, recognised };
}

/** The beginning of a log. */
async function openedAhead(source: Source, signal?: AbortSignal): Promise<Opened> {
  const { file, extent } = source;
  if (statSync(extent?.path ?? file, { throwIfNoEntry: false })?.isFile()) {
    return { source, lines: firstLines(headOf(extent?.path ?? file)) };
  }
  const opened = await openBytes(source, signal);
  return { source: { ...source, opened }, lines: firstLines(await opened.peek(HEAD_BYTES)) };
}

/** Copies: the whole of what was read would be held for each of many files. */
const firstLines = (head: Buffer): Buffer[] =>
  [...linesOf(head)].slice(0, LINES_LOOKED_AT).map((line) => Buffer.from(line));

/** The shipped format that lines plainly are of; null where they are not, or speak for themselves. */
async function shippedFormatOf(
  lines: readonly Buffer[],
  source: Unrecognised,
): Promise<Description | null> {
  if (lines.length === 0 || isClear(lines, source)) return null;
  // Loaded here: wsdiag's own logs need none of it.
  const { formatOf } = await import('./formats.ts');
  return formatOf(lines);
}

export const isDescribed = ({ description, patterns = [] }: LogFormat): boolean =>
  description != null || patterns.length > 0;

/** Whether it was said how lines are to be read, or some are understood without. */
export function isClear(lines: readonly Buffer[], { format, log }: Unrecognised): boolean {
  if (isDescribed(format)) return true;
  const parse = createParser({ ...format, since: null, until: null }, log);
  return lines.some((line) => parse(line).kind === 'record');
}

/** How lines are read that are of such a format, and what of it nobody said. */
export function readingOf(
  lines: readonly Buffer[],
  { format, log }: Unrecognised,
  description: Description | null,
): Reading {
  const read = description === null ? format : { ...format, description };
  const unit = shownUnit(lines, { format: read, log });
  return {
    read: unit === null ? read : inUnit(read, unit),
    format: description?.name ?? null,
    unit,
  };
}

const SHARED = 'session.id';

/**
 * Whether a session is what OpenTelemetry calls so: kept in localStorage, which all tabs of a browser share. Its
 * name has a dot, as a key or among attributes.
 */
function isSharedByTabs(lines: readonly Buffer[], { format, log }: Unrecognised): boolean {
  let from: string | undefined;
  const parse = createParser({ ...format, since: null, until: null }, log, (field, place) => {
    if (field === 'session_id') from = place;
  });
  return lines.some((line) => {
    if (!line.includes(SHARED)) return false;
    from = undefined;
    const parsed = parse(line);
    const isKey = from === `attributes.${SHARED}` || (from === SHARED && hasKey(parsed, SHARED));
    return parsed.kind === 'record' && isKey;
  });
}

const hasKey = (parsed: Parsed, key: string): boolean =>
  parsed.kind === 'record' && Object.hasOwn(parsed.fields, key);
