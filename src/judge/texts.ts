import type { Evidence, Finding } from '../model/findings.ts';
import type { LinePlace, LogRecord } from '../model/record.ts';
import type { Cited, Quotation, RawFinding } from './check.ts';
import { ABSENT } from './sequence-missing.ts';

/** Looks lines up by where they stand; undefined for one that can't be read any more. */
export interface Texts {
  record(place: LinePlace): LogRecord | undefined;
  /** The name of a file by its index. */
  file(index: number): string;
  /** Where the lines stand that findings cite. */
  readonly cited?: Map<Evidence, LinePlace>;
}

const MAX_SHOWN = 40;

/** All lines whose texts are to be looked up. */
export function* citedIn(findings: readonly RawFinding[]): Generator<LinePlace> {
  for (const { session, details, after } of findings) {
    if (session) yield session;
    if (after?.fault) yield after.fault.place;
    for (const value of Object.values(details as object)) yield* placesIn(value);
  }
}

function* placesIn(value: unknown): Generator<LinePlace> {
  if (typeof value !== 'object' || value === null) return;
  if ('place' in value) yield (value as Cited).place;
  else for (const part of Object.values(value)) yield* placesIn(part);
}

/** The finding as somebody reads it. */
export function worded({ session, details, after, ...raw }: RawFinding, texts: Texts): Finding {
  const { code, connection_sequence } = raw;
  const evidence = raw.evidence.map((place) => evidenceAt(place, texts));
  return {
    code,
    session_id: session ? (texts.record(session)?.session_id ?? null) : null,
    connection_sequence,
    details: Object.fromEntries(
      Object.entries(details as object).map(([name, value]) => [name, textOf(value, texts)]),
    ),
    evidence,
    ...(after && { after: { ...after, fault: after.fault && quoted(after.fault, texts) } }),
  } as Finding;
}

function evidenceAt(place: LinePlace, texts: Texts): Evidence {
  const evidence = { file: texts.file(place.file), line: place.line };
  texts.cited?.set(evidence, place);
  return evidence;
}

function textOf(value: unknown, texts: Texts): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((part) => textOf(part, texts));
  if ('parts' in value)
    return (value as Quotation).parts.map((part) => textOf(part, texts)).join('');
  return quoted(value as Cited, texts);
}

function quoted({ place, field }: Cited, texts: Texts): string {
  const record = texts.record(place);
  if (record === undefined) return 'a line that has changed';
  if (field === 'connection_sequence') return shown(record.fields.connection_sequence);
  if (field !== 'closed_by' && field !== 'error' && field !== 'fault') return `${record[field]}`;
  const text = record.fields[field];
  return typeof text === 'string' ? text : 'unknown';
}

/** As it stood in the log; nested values, however deep, by their kind alone. */
function shown(value: unknown): string {
  if (value === undefined) return ABSENT;
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(typeof value === 'string' ? value.slice(0, MAX_SHOWN) : value);
  return text.slice(0, MAX_SHOWN);
}
