import { closeSync, openSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Doubt } from '../model/findings.ts';
import type { LogRecord } from '../model/record.ts';
import { BlockReader } from './blocks.ts';
import { CHUNK_BYTES } from './columns.ts';
import { createParser, type ParsedRecord, parentOf } from './parse.ts';
import { type LineVisitor, type ReadOptions, recordOf, visitLines } from './scan.ts';
import type { Source } from './sources.ts';
import { inTemporary, makeTemporaryDirectory, writeAll } from './temporary.ts';

const BUFFER_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** Lines of logs, divided up by their sessions. */
export interface Partition {
  /** Hands out the records of a part, in the order of the logs. */
  read(part: number, onRecord: (record: LogRecord) => void): Promise<void>;
  /** Removes the files that it is kept in. */
  release(): void;
}

/**
 * Divides the lines of some sessions up, in one pass and with temporary files, into parts that can be held
 * one at a time. Lines that name no session are in each, but those about connections in the first alone:
 * there may be as many as there are lines.
 *
 * @param partsOf by session: the parts that its lines go to
 * @throws LogUnreadable
 * @throws NoTemporaryFiles
 */
export async function partition(
  sources: readonly Source[],
  parts: number,
  partsOf: ReadonlyMap<string, readonly number[]>,
  options: ReadOptions = {},
  onDoubt: (doubt: Doubt) => void = () => {},
): Promise<Partition> {
  const directory = makeTemporaryDirectory();
  const files: PartFile[] = [];
  const release = () => {
    for (const file of files) file.close();
    rmSync(directory, { recursive: true, force: true });
  };
  const all = Array.from({ length: parts }, (_, part) => part);
  try {
    for (const part of all) files.push(new PartFile(join(directory, `${part}`)));
    const add: LineVisitor = (source, line, bytes, parsed) => {
      const { session_id: id, event } = parsed;
      const parent = parentOf(parsed);
      const ofParent = parent === undefined ? undefined : partsOf.get(parent);
      const ofNone = event.startsWith('connection_') ? [0] : all;
      const own = id === undefined ? ofNone : (partsOf.get(id) ?? []);
      const ofLine = new Set([...own, ...(ofParent ?? [])]);
      for (const part of ofLine) files[part]?.add(source, line, bytes);
    };
    await visitLines(sources, [...partsOf.keys()], options, add, onDoubt);
    for (const file of files) file.finish();
  } catch (error) {
    release();
    throw error;
  }
  const parsers = sources.map(({ format, log }) => createParser(format, log));
  return {
    release,
    read: (part, onRecord) =>
      readPart(join(directory, `${part}`), (source, line, bytes) => {
        const parsed = parsers[source]?.(bytes) as ParsedRecord;
        onRecord(recordOf(sources[source] as Source, line, parsed));
      }),
  };
}

/** Lines, each behind the index of its source and the number it has there. */
class PartFile {
  readonly #fd: number;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #size = 0;
  #isOpen = true;

  constructor(path: string) {
    this.#fd = inTemporary(() => openSync(path, 'wx', 0o600));
  }

  add(source: number, line: number, bytes: Buffer): void {
    const head = `${source} ${line} `;
    const length = head.length + bytes.length + 1;
    if (this.#size + length > BUFFER_BYTES) this.#flush();
    if (length > BUFFER_BYTES) {
      this.#write(Buffer.concat([Buffer.from(head), bytes, Buffer.of(LINE_FEED)]));
      return;
    }
    this.#size += this.#buffer.write(head, this.#size, 'latin1');
    this.#size += bytes.copy(this.#buffer, this.#size);
    this.#buffer[this.#size++] = LINE_FEED;
  }

  finish(): void {
    this.#flush();
    this.close();
  }

  /** What was not written yet is lost. */
  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#fd);
  }

  #flush(): void {
    this.#write(this.#buffer.subarray(0, this.#size));
    this.#size = 0;
  }

  #write(bytes: Buffer): void {
    inTemporary(() => writeAll(this.#fd, bytes));
  }
}

async function readPart(
  path: string,
  onLine: (source: number, line: number, bytes: Buffer) => void,
): Promise<void> {
  const handle = await open(path, 'r');
  const blocks = new BlockReader({
    read: async (buffer, at) => (await handle.read(buffer, at, buffer.length - at)).bytesRead,
  });
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  try {
    for (let isLast = false; !isLast; ) {
      const block = await blocks.next(buffer);
      isLast = block.isLast;
      for (let at = block.start; at < block.end; ) {
        const end = buffer.indexOf(LINE_FEED, at);
        const afterSource = buffer.indexOf(' ', at);
        const afterLine = buffer.indexOf(' ', afterSource + 1);
        const source = Number(buffer.toString('latin1', at, afterSource));
        const line = Number(buffer.toString('latin1', afterSource + 1, afterLine));
        onLine(source, line, buffer.subarray(afterLine + 1, end));
        at = end + 1;
      }
    }
  } finally {
    await handle.close();
  }
}
