import { statSync } from 'node:fs';
import { openBytes } from './bytes.ts';
import type { Description } from './description.ts';
import { createParser, type Parsed, readFields } from './parse.ts';
import { conditionsOf, createRules } from './rules.ts';
import { HEAD_BYTES, headOf, linesOf } from './sniff.ts';
import type { LogFormat, Source } from './sources.ts';

/** Of a log's beginning. */
const LINES_LOOKED_AT = 200;

/** A log that is of a shipped format. */
export interface Recognised {
  file: string;
  format: string;
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
): Promise<{ sources: Source[]; recognised: Recognised[]; sharedByTabs: string[] }> {
  const known: Source[] = [];
  const recognised: Recognised[] = [];
  const sharedByTabs: string[] = [];
  const ofStream = new Map<number, Description | null>();
  for (const source of sources) {
    const opened = await openedAhead(source, signal);
    const lines = [...linesOf(opened.head)].slice(0, LINES_LOOKED_AT);
    const description = ofStream.get(source.stream) ?? (await recognise(lines, source));
    ofStream.set(source.stream, description);
    const one = described(opened.source, description);
    known.push(one);
    if (isSharedByTabs(lines, one)) sharedByTabs.push(source.file);
    if (description?.name) recognised.push({ file: source.file, format: description.name });
  }
  return { sources: known, recognised, sharedByTabs };
}

const described = (source: Source, description: Description | null): Source =>
  description === null ? source : { ...source, format: { ...source.format, description } };

/** The beginning of a log. */
async function openedAhead(source: Source, signal?: AbortSignal) {
  const { file, extent } = source;
  if (statSync(extent?.path ?? file, { throwIfNoEntry: false })?.isFile()) {
    return { source, head: headOf(extent?.path ?? file) };
  }
  const opened = await openBytes(source, signal);
  return { source: { ...source, opened }, head: await opened.peek(HEAD_BYTES) };
}

/** The description of lines that are plainly of a shipped format; null where they are not, or speak for themselves. */
export async function recognise(
  lines: readonly Buffer[],
  { format, log }: Pick<Source, 'format' | 'log'>,
): Promise<Description | null> {
  if (isDescribed(format) || lines.length === 0) return null;
  const parse = createParser({ ...format, since: null, until: null }, log);
  if (lines.some((line) => parse(line).kind === 'record')) return null;
  // Loaded here: wsdiag's own logs need none of it.
  const { FORMATS, shippedFormat } = await import('./formats.ts');
  for (const name of FORMATS) {
    const description = shippedFormat(name);
    if (lines.some(isOf(description))) return { ...description, givesWay: true };
  }
  return null;
}

const isDescribed = ({ description, patterns = [] }: LogFormat): boolean =>
  description != null || patterns.length > 0;

function isOf(description: Description): (line: Buffer) => boolean {
  const rules = createRules({ map: {}, events: {}, description, since: null, until: null });
  const conditions = conditionsOf(description.recognisedBy ?? {});
  return (line) => {
    const { fields } = readFields(line, rules);
    return fields !== undefined && conditions.every((condition) => condition(fields));
  };
}

const SHARED = 'session.id';

/**
 * Whether a session is what OpenTelemetry calls so: kept in localStorage, which all tabs of a browser share. Its
 * name has a dot, as a key or among attributes.
 */
function isSharedByTabs(lines: readonly Buffer[], { format, log }: Source): boolean {
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
