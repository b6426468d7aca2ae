/**
 * The journal of a session storage, `sessions.ndjson`: a header line and then one JSON array a
 * change, all in ASCII:
 *
 *     {"format":"wsdiag-session-storage","version":1}
 *     ["cdd06df9","set","tab-1","ws_connection_sequence","1"]
 *
 * Each checksum covers the rest of its line and, by its seed, the lines before. So a lost, doubled or
 * swapped line is found as surely as an altered byte.
 */
import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';

/**
 * A `torn-record` is a write that was under way when its process died: it had not returned, so it is
 * cut off and nothing else is lost. After any other damage nobody can know whose number is missing,
 * and a tab that goes on from an older one would use a number twice. So the store begins empty, every
 * tab begins a new session, and the file is kept under another name.
 */
export interface StorageDamage {
  file: string;
  /** From 1. */
  line: number;
  /** Bytes before that line. */
  offset: number;
  reason: DamageReason;
  /** Where the damaged file is now; absent for a torn record. */
  kept_as?: string;
}

export type DamageReason =
  | 'torn-record'
  | 'empty-file'
  | 'header-missing'
  | 'version-unknown'
  | 'checksum-mismatch'
  | 'record-unknown';

/** The tabs that hold anything. Changed by `apply` alone, so it is always what a replay would give. */
export type Contents = Map<string, Held>;

export interface Held {
  items: Map<string, string>;
  /** UTF-16 code units of all keys and values, against the quota. */
  units: number;
}

export type Change =
  | readonly ['set', tab: string, key: string, value: string]
  | readonly ['delete', tab: string, key: string]
  | readonly ['clear', tab: string]
  | readonly ['copy', from: string, to: string];

const CHANGE_LENGTH = new Map([
  ['set', 4],
  ['delete', 3],
  ['clear', 2],
  ['copy', 3],
]);

function isChange(value: readonly unknown[]): value is Change {
  const isText = value.every((part) => typeof part === 'string');
  return isText && CHANGE_LENGTH.get(String(value[0])) === value.length;
}

export function apply(contents: Contents, change: Change): void {
  const [kind, tab] = change;
  const held = contents.get(tab) ?? { items: new Map(), units: 0 };
  if (kind === 'set') put(held, change[2], change[3]);
  if (kind === 'delete') drop(held, change[2]);
  if (kind === 'copy') contents.set(change[2], { ...held, items: new Map(held.items) });
  if (kind === 'clear' || held.items.size === 0) contents.delete(tab);
  else contents.set(tab, held);
}

function put(held: Held, key: string, value: string): void {
  held.units += growth(held.items, key, value);
  held.items.set(key, value);
}

function drop(held: Held, key: string): void {
  const value = held.items.get(key);
  if (value === undefined) return;
  held.units -= key.length + value.length;
  held.items.delete(key);
}

export function growth(items: ReadonlyMap<string, string>, key: string, value: string): number {
  const old = items.get(key);
  return old === undefined ? key.length + value.length : value.length - old.length;
}

/** A new journal of the fewest changes that make `contents`, put in the old one's place at once. */
export function writeJournal(file: string, contents: Contents): Journal {
  const temporary = `${file}.tmp`;
  // Appending, lest a write after a cut begin where the record that was cut off ended.
  const fd = openSync(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND);
  try {
    const journal = new Journal(fd);
    for (const [tab, { items }] of contents) {
      for (const [key, value] of items) journal.append(['set', tab, key, value]);
    }
    renameSync(temporary, file);
    return journal;
  } catch (error) {
    closeSync(fd);
    rmSync(temporary, { force: true });
    throw error;
  }
}

const { O_WRONLY, O_CREAT, O_TRUNC, O_APPEND } = constants;

/** An append-only file. Between calls it holds whole records, or else a torn one at its end. */
export class Journal {
  /** Bytes in whole lines. */
  size = 0;
  readonly #fd: number;
  #checksum = HEADER_CHECKSUM;
  #torn = false;

  /** @param fd an empty file, opened for appending; it is the journal's to close. */
  constructor(fd: number) {
    this.#fd = fd;
    this.#write(`${HEADER}\n`);
  }

  /** @throws Error of the file system when the record could not be written: then it is not there. */
  append(change: Change): void {
    const body = toAscii(JSON.stringify(change)).slice(1);
    const checksum = fnv1a(body, this.#checksum);
    this.#write(`${seal(checksum)}${body}\n`);
    this.#checksum = checksum;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #write(line: string): void {
    if (this.#torn) this.#cutOff();
    this.#torn = true;
    try {
      if (writeSync(this.#fd, line) < line.length) throw new Error('no space left for a record');
    } catch (error) {
      this.#tryCutOff();
      throw error;
    }
    this.#torn = false;
    this.size += line.length;
  }

  #cutOff(): void {
    ftruncateSync(this.#fd, this.size);
    this.#torn = false;
  }

  #tryCutOff(): void {
    try {
      this.#cutOff();
    } catch {
      // A reader drops what is left of the record, and the next write tries again.
    }
  }
}

const HEADER = '{"format":"wsdiag-session-storage","version":1}';
const HEADER_OF_ANY_VERSION = /^\{"format":"wsdiag-session-storage","version":\d+\}$/;
const HEADER_CHECKSUM = fnv1a(HEADER, 0x811c9dc5);

/** How a record begins, with the checksum of all that follows. */
function seal(checksum: number): string {
  return `["${hex(checksum, 8)}",`;
}

const SEAL_LENGTH = seal(0).length;

/**
 * FNV-1a of 32 bits (RFC 9923). Each step is a bijection, so one altered byte always shows; anything
 * else slips through once in four thousand million. It guards against accidents, not forgers.
 */
function fnv1a(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** So a record has as many bytes as characters, and any other byte in the file is damage. */
function toAscii(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => `\\u${hex(unit.charCodeAt(0), 4)}`);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

export function load(file: string): { contents: Contents; damage: StorageDamage[] } {
  const contents: Contents = new Map();
  const flaw = existsSync(file) ? replay(readFileSync(file, 'latin1'), contents) : undefined;
  if (flaw === undefined) return { contents, damage: [] };
  if (flaw.reason === 'torn-record') return { contents, damage: [{ file, ...flaw }] };
  return { contents: new Map(), damage: [{ file, ...flaw, kept_as: setAside(file) }] };
}

type Flaw = Pick<StorageDamage, 'line' | 'offset' | 'reason'>;

/** Fills `contents` up to the first flaw. */
function replay(journal: string, contents: Contents): Flaw | undefined {
  const lines = journal.split('\n');
  const tail = lines.pop() ?? '';
  if (lines[0] !== HEADER) return { line: 1, offset: 0, reason: headerFlaw(journal) };
  let checksum = HEADER_CHECKSUM;
  let offset = HEADER.length + 1;
  for (let index = 1; index < lines.length; index++) {
    const record = lines[index] ?? '';
    const flaw = (reason: DamageReason) => ({ line: index + 1, offset, reason });
    checksum = fnv1a(record.slice(SEAL_LENGTH), checksum);
    if (!record.startsWith(seal(checksum))) return flaw('checksum-mismatch');
    const change = decode(record);
    if (change === undefined) return flaw('record-unknown');
    apply(contents, change);
    offset += record.length + 1;
  }
  if (tail === '') return undefined;
  const reason = isTorn(tail, checksum) ? 'torn-record' : 'checksum-mismatch';
  return { line: lines.length + 1, offset, reason };
}

function headerFlaw(journal: string): DamageReason {
  if (journal === '') return 'empty-file';
  const [line = ''] = journal.split('\n', 1);
  return HEADER_OF_ANY_VERSION.test(line) ? 'version-unknown' : 'header-missing';
}

/**
 * Whether a file's end can be the beginning of a record. A whole record and then a byte that is no
 * newline can't: that write had returned, and dropping it would bring back an older number.
 */
function isTorn(tail: string, seed: number): boolean {
  const isBeginning = /^\[("[\x20-\x7e]*)?$/.test(tail);
  const record = tail.slice(0, -1);
  return isBeginning && !record.startsWith(seal(fnv1a(record.slice(SEAL_LENGTH), seed)));
}

function decode(record: string): Change | undefined {
  try {
    const [, ...change] = JSON.parse(record);
    return isChange(change) ? change : undefined;
  } catch {
    return undefined;
  }
}

function setAside(file: string): string {
  let n = 1;
  while (existsSync(`${file}.damaged-${n}`)) n++;
  renameSync(file, `${file}.damaged-${n}`);
  return `${file}.damaged-${n}`;
}
