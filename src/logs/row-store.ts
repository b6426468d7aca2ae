import { closeSync, openSync, readSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Doubt } from '../model/findings.ts';
import { IdTable } from '../model/id-table.ts';
import type { LinePlace } from '../model/record.ts';
import { placeOf, ROW_BYTES, Rows } from '../model/rows.ts';
import type { Source } from './sources.ts';
import { inTemporary, makeTemporaryDirectory, writeAll } from './temporary.ts';

/** Rows that are held before any is written: logs that have no more need no file. */
const HELD_ROWS = 65_536;
/** Of one part, before they are written. */
const MAX_BUFFER_ROWS = 512;
/** Rows of a part that are looked at together. */
const TOGETHER_ROWS = 131_072;
const UINT32 = 2 ** 32;

export const MAX_PARTS = 4096;

/** Of one session: its rows are held together, 64 bytes each. */
export const MAX_SESSION_ROWS = 1_000_000;

/** Log bytes whose rows make a good part: they fit into the cache that each core has to itself. */
const BYTES_A_PART = 2 * 1024 * 1024;

/** Compressed logs come to some ten times as much. */
const GZIP_RATIO = 10;

/** How many parts those logs want. */
export function partsFor(sources: readonly Source[]): number {
  const size = ({ file, extent }: Source) =>
    (extent?.size ?? 0) * (file.endsWith('.gz') ? GZIP_RATIO : 1);
  const total = sources.reduce((sum, source) => sum + size(source), 0);
  return Math.min(MAX_PARTS, Math.max(1, Math.ceil(total / BYTES_A_PART)));
}

/**
 * Rows by their sessions, in parts that can be looked at one by one, so that memory does not grow with
 * logs. Each part has its sessions' rows in the order in which they came. Those that are too many to hold are
 * in a temporary file that has no name any more, and so is gone with the process, however that ends.
 */
export class RowStore {
  readonly #parts: Part[];
  readonly #bufferRows: number;
  #rows = 0;
  #fd: number | undefined;
  #written = 0;

  readonly #isByFamily: boolean;

  /** @param isByFamily whole families lie together, and not just whole sessions */
  constructor(parts: number, isByFamily = false) {
    this.#isByFamily = isByFamily;
    this.#bufferRows = Math.max(16, Math.min(MAX_BUFFER_ROWS, Math.ceil(HELD_ROWS / parts)));
    this.#parts = Array.from({ length: parts }, () => ({ held: undefined, size: 0, extents: [] }));
  }

  get rows(): number {
    return this.#rows;
  }

  /** @param group half of the hash of what is to lie together */
  add(rows: Rows, row: number, group = rows.sessionHigh(row)): void {
    this.#rows += 1;
    const part = this.#parts[partOf(group, this.#parts.length)] as Part;
    if (part.held === undefined || part.size === part.held.capacity) this.#makeRoom(part);
    (part.held as Rows).copy(part.size++, rows, row);
  }

  /** What threads read. Nothing is to be added any more. */
  finish(): StoredRows {
    const isOnDisk = this.#fd !== undefined;
    if (isOnDisk) for (const part of this.#parts) this.#flush(part);
    return {
      fd: this.#fd,
      isByFamily: this.#isByFamily,
      parts: this.#parts.map(({ held, size, extents }) => ({
        extents,
        held: isOnDisk ? undefined : held,
        size: isOnDisk ? 0 : size,
      })),
    };
  }

  release(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Once there are many rows, a part that is full is written; until then it grows. */
  #makeRoom(part: Part): void {
    const { held, size } = part;
    if (held === undefined) part.held = new Rows(16);
    else if (this.#rows > HELD_ROWS && size >= this.#bufferRows) this.#flush(part);
    else {
      part.held = new Rows(2 * held.capacity);
      part.held.ints.set(held.ints);
    }
  }

  #flush(part: Part): void {
    const { held, size } = part;
    if (held === undefined || size === 0) return;
    inTemporary(() => {
      this.#fd ??= openNameless();
      writeAll(this.#fd, held.bytes(size));
    });
    part.extents.push(this.#written, size);
    this.#written += size;
    part.size = 0;
  }
}

/** Threads of a process share its descriptors, so nobody needs a name. */
function openNameless(): number {
  const directory = makeTemporaryDirectory();
  try {
    return openSync(join(directory, 'rows'), 'wx+', 0o600);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Part {
  held: Rows | undefined;
  size: number;
  /** Where runs of its rows lie in the file: first row, and how many. */
  extents: number[];
}

/** Rows that were stored. Plain data where they are in a file, so that threads can be handed it. */
export interface StoredRows {
  fd: number | undefined;
  isByFamily: boolean;
  parts: { extents: number[]; held: Rows | undefined; size: number }[];
}

const partOf = (hash: number, parts: number): number => Math.floor(((hash >>> 0) * parts) / UINT32);

/** Some sessions' rows: all there are of each. */
export interface LoadedRows {
  rows: Rows;
  size: number;
  /** Sessions that have too many rows to be looked at, by a line of each. */
  tooLong: LinePlace[];
}

/** @param id of such a session; undefined where its line has changed */
export const sessionTooLong = (id: string | undefined): Doubt => ({
  code: 'session-too-long',
  where: null,
  value: id ?? 'unknown',
});

/** Half of the hash of what lies together: a session's own, or that of its family. */
export type GroupOf = (low: number, high: number) => number;

/**
 * Hands out the rows of a part, as many sessions at a time as can be held. They are valid until the next are
 * asked for.
 */
export function* loadPart(
  stored: StoredRows,
  part: number,
  groupOf: GroupOf,
): Generator<LoadedRows> {
  const { fd } = stored;
  const { extents, held, size } = stored.parts[part] as StoredRows['parts'][number];
  if (fd === undefined) {
    if (held && size > 0) yield { rows: held, size, tooLong: [] };
    return;
  }
  let rows = 0;
  for (let at = 1; at < extents.length; at += 2) rows += extents[at] as number;
  const passes = Math.ceil(rows / TOGETHER_ROWS);
  if (passes === 1) yield { rows: readAll(fd, extents, rows), size: rows, tooLong: [] };
  else if (passes > 1)
    yield* inPasses(fd, extents, passes, (rows, row) => {
      const group = groupOf(rows.sessionLow(row), rows.sessionHigh(row));
      return partOf(group, stored.parts.length * passes) % passes;
    });
}

/** Used again for each part. */
let room = new Rows(0);

function readAll(fd: number, extents: readonly number[], size: number): Rows {
  if (size > room.capacity) room = new Rows(Math.ceil(1.25 * size));
  const rows = room;
  let filled = 0;
  for (let at = 0; at < extents.length; at += 2) {
    const [first, count] = [extents[at] as number, extents[at + 1] as number];
    readWhole(fd, rows.room(filled, count), first * ROW_BYTES);
    filled += count;
  }
  return rows;
}

function readWhole(fd: number, bytes: Uint8Array, position: number): void {
  for (let read = 0; read < bytes.length; ) {
    const size = readSync(fd, bytes, read, bytes.length - read, position + read);
    if (size === 0) throw new Error('the temporary file of rows was cut');
    read += size;
  }
}

/** Each pass takes the sessions of one range of hashes. */
function* inPasses(
  fd: number,
  extents: readonly number[],
  passes: number,
  passOf: (rows: Rows, row: number) => number,
): Generator<LoadedRows> {
  for (let pass = 0; pass < passes; pass++) {
    const counts = new SessionCounts();
    eachRow(fd, extents, (rows, row) => {
      if (passOf(rows, row) === pass) counts.add(rows, row);
    });
    const loaded: LoadedRows = { rows: new Rows(counts.total), size: counts.total, tooLong: [] };
    let filled = 0;
    eachRow(fd, extents, (rows, row) => {
      if (passOf(rows, row) !== pass) return;
      if (!counts.isTooLong(rows, row)) loaded.rows.copy(filled++, rows, row);
      else if (counts.isFirst(rows, row)) {
        const place = placeOf(rows, row);
        loaded.tooLong.push(place);
      }
    });
    yield loaded;
  }
}

/** How many rows each session has. */
class SessionCounts {
  readonly #sessions = new IdTable();
  #counts = new Uint32Array(1024);
  readonly #told = new Set<number>();

  add(rows: Rows, row: number): void {
    const session = this.#sessions.add(rows.sessionLow(row), rows.sessionHigh(row));
    if (session === this.#counts.length) {
      const more = new Uint32Array(2 * session);
      more.set(this.#counts);
      this.#counts = more;
    }
    (this.#counts[session] as number)++;
  }

  /** Rows of the sessions that can be held. */
  get total(): number {
    const counts = this.#counts.subarray(0, this.#sessions.size);
    return counts.reduce((sum, count) => sum + (count > MAX_SESSION_ROWS ? 0 : count), 0);
  }

  isTooLong(rows: Rows, row: number): boolean {
    return (this.#counts[this.#indexOf(rows, row)] as number) > MAX_SESSION_ROWS;
  }

  isFirst(rows: Rows, row: number): boolean {
    const session = this.#indexOf(rows, row);
    return !this.#told.has(session) && Boolean(this.#told.add(session));
  }

  #indexOf(rows: Rows, row: number): number {
    return this.#sessions.find(rows.sessionLow(row), rows.sessionHigh(row));
  }
}

function eachRow(
  fd: number,
  extents: readonly number[],
  onRow: (rows: Rows, row: number) => void,
): void {
  let rows = new Rows(MAX_BUFFER_ROWS);
  for (let at = 0; at < extents.length; at += 2) {
    const [first, count] = [extents[at] as number, extents[at + 1] as number];
    if (count > rows.capacity) rows = new Rows(count);
    readWhole(fd, rows.room(0, count), first * ROW_BYTES);
    for (let row = 0; row < count; row++) onRow(rows, row);
  }
}
