import type { Doubt } from '../model/findings.ts';
import type { LinePlace, LogRecord } from '../model/record.ts';
import { BlockReader } from './blocks.ts';
import { type ByteReader, openBytes } from './bytes.ts';
import { CHUNK_BYTES, MAX_LINE_BYTES } from './chunk-memory.ts';
import { createParser } from './parse.ts';
import { recordOf } from './scan.ts';
import type { Source } from './sources.ts';

const LINE_FEED = 0x0a;
/** Most lines are shorter. */
const LINE_BYTES = 4096;
/** What lies between two lines is read with them where it is less: another read takes as long. */
const MAX_BETWEEN_BYTES = 64 * 1024;

type OnLine = (place: LinePlace, bytes: Buffer) => void;

/**
 * Reads some lines again, as records, by where they stand: file by file, each from its beginning to its end.
 * Lines that are no records any more are passed over.
 *
 * @param onDoubt told where a file is not what it was
 * @throws LogUnreadable
 */
export function readLines(
  sources: readonly Source[],
  places: Iterable<LinePlace>,
  onRecord: (record: LogRecord, place: LinePlace) => void,
  onDoubt?: (doubt: Doubt) => void,
): Promise<void> {
  const readerOf = (source: Source): OnLine => {
    const parse = createParser(source.format, source.log);
    return (place, bytes) => {
      const parsed = parse(bytes);
      const told = parsed.kind === 'ignored' ? parsed.naming : parsed;
      if (told?.kind === 'record') onRecord(recordOf(source, place.line, told), place);
    };
  };
  return readBytes(sources, places, readerOf, onDoubt);
}

/** Longer lines are cut, and end with an ellipsis. */
const MAX_TEXT_BYTES = 2000;

/** The lines as they stand in their files, by `keyOf` of their places. @throws LogUnreadable */
export async function textsAt(
  sources: readonly Source[],
  places: Iterable<LinePlace>,
): Promise<Map<number, string>> {
  const texts = new Map<number, string>();
  await readBytes(sources, places, () => (place, bytes) => {
    const text = bytes.toString('utf8', 0, MAX_TEXT_BYTES);
    texts.set(keyOf(place), bytes.length > MAX_TEXT_BYTES ? `${text}…` : text);
  });
  return texts;
}

async function readBytes(
  sources: readonly Source[],
  places: Iterable<LinePlace>,
  readerOf: (source: Source) => OnLine,
  onDoubt: (doubt: Doubt) => void = () => {},
): Promise<void> {
  for (const [file, ofFile] of byFile(places)) {
    const source = sources[file] as Source;
    const onLine = readerOf(source);
    const inOrder = ofFile.sort((one, other) => one.offset - other.offset);
    const reader = await openBytes(source);
    try {
      if (reader.seek(0)) await seekLines(reader, inOrder, onLine);
      else await passLines(reader, inOrder, onLine);
      for (const doubt of reader.finish()) if (doubt.code === 'log-changed') onDoubt(doubt);
    } finally {
      await reader.close();
    }
  }
}

/** The same, by `keyOf` of their places; each line is read once. @throws LogUnreadable */
export async function linesAt(
  sources: readonly Source[],
  places: readonly LinePlace[],
  onDoubt?: (doubt: Doubt) => void,
): Promise<Map<number, LogRecord>> {
  const records = new Map<number, LogRecord>();
  const once = new Map(places.map((place) => [keyOf(place), place]));
  const keep = (record: LogRecord, place: LinePlace) => records.set(keyOf(place), record);
  await readLines(sources, once.values(), keep, onDoubt);
  return records;
}

/** Of a line, whatever its offset. */
export const keyOf = ({ file, line }: Pick<LinePlace, 'file' | 'line'>): number =>
  file * 2 ** 32 + line;

function byFile(places: Iterable<LinePlace>): Map<number, LinePlace[]> {
  const files = new Map<number, LinePlace[]>();
  for (const place of places) {
    const known = files.get(place.file);
    if (known) known.push(place);
    else files.set(place.file, [place]);
  }
  return files;
}

async function seekLines(reader: ByteReader, places: LinePlace[], onLine: OnLine): Promise<void> {
  const window = new Window(reader);
  for (const run of runsOf(places)) {
    const [first, last] = [run[0] as LinePlace, run.at(-1) as LinePlace];
    await window.moveTo(first.offset, last.offset - first.offset + LINE_BYTES);
    for (const place of run) onLine(place, await window.lineAt(place.offset));
  }
}

/** Places that are close to each other, as many as a window holds. */
function* runsOf(places: readonly LinePlace[]): Generator<LinePlace[]> {
  let run: LinePlace[] = [];
  for (const place of places) {
    const [first = place, last = place] = [run[0], run.at(-1)];
    const isNear = place.offset - last.offset <= MAX_BETWEEN_BYTES;
    if (!isNear || place.offset - first.offset > CHUNK_BYTES) {
      yield run;
      run = [];
    }
    run.push(place);
  }
  if (run.length > 0) yield run;
}

/** Some bytes of a log, which can be sought. */
class Window {
  readonly #reader: ByteReader;
  #buffer = Buffer.alloc(LINE_BYTES);
  /** Of the first byte. */
  #offset = 0;
  #filled = 0;
  #isAtEnd = false;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  async moveTo(offset: number, bytes: number): Promise<void> {
    this.#reader.seek(offset);
    this.#offset = offset;
    this.#filled = 0;
    this.#isAtEnd = false;
    await this.#fillTo(bytes);
  }

  /** From that offset to the next line feed, or the log's end; valid until the window moves. */
  async lineAt(offset: number): Promise<Buffer> {
    const start = offset - this.#offset;
    for (;;) {
      const bytes = this.#buffer.subarray(start, this.#filled);
      const end = bytes.indexOf(LINE_FEED);
      if (end !== -1) return bytes.subarray(0, end);
      if (this.#isAtEnd || bytes.length > MAX_LINE_BYTES) return bytes;
      await this.#fillTo(2 * this.#filled);
    }
  }

  async #fillTo(bytes: number): Promise<void> {
    if (bytes > this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer], bytes);
    const wanted = this.#buffer.subarray(0, bytes);
    while (this.#filled < bytes && !this.#isAtEnd) {
      const size = await this.#reader.read(wanted, this.#filled);
      this.#filled += size;
      this.#isAtEnd = size === 0;
    }
  }
}

/** What can't be sought is read from its beginning. */
async function passLines(reader: ByteReader, places: LinePlace[], onLine: OnLine): Promise<void> {
  const blocks = new BlockReader(reader);
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let next = 0;
  for (let isLast = false; !isLast && next < places.length; ) {
    const block = await blocks.next(buffer);
    isLast = block.isLast;
    for (let place = places[next]; place; place = places[next]) {
      const start = place.offset - block.offset;
      if (start >= block.end) break;
      const feed = buffer.indexOf(LINE_FEED, start);
      onLine(place, buffer.subarray(start, feed === -1 || feed > block.end ? block.end : feed));
      next += 1;
    }
  }
}
