import type { Doubt } from '../model/findings.ts';
import type { LogRecord } from '../model/record.ts';
import { BlockReader } from './blocks.ts';
import { type ByteReader, openBytes } from './bytes.ts';
import { CHUNK_BYTES, MAX_LINE_BYTES } from './chunk-memory.ts';
import { createParser } from './parse.ts';
import { recordOf } from './scan.ts';
import type { Source } from './sources.ts';

/** A line of one of the sources, and where its bytes begin in what that decodes to. */
export interface Place {
  /** Index into the sources. */
  file: number;
  /** From 1. */
  line: number;
  offset: number;
}

const LINE_FEED = 0x0a;
/** Most lines are shorter. */
const FIRST_BYTES = 4096;

/**
 * Reads some lines again, as records, by where they stand.
 *
 * @param onDoubt told where a file is not what it was
 * @returns by `keyOf` of their places; a line that is no record any more is left out
 * @throws LogUnreadable
 */
export async function linesAt(
  sources: readonly Source[],
  places: Iterable<Place>,
  onDoubt: (doubt: Doubt) => void = () => {},
): Promise<Map<number, LogRecord>> {
  const records = new Map<number, LogRecord>();
  const byFile = new Map<number, Place[]>();
  for (const place of new Map([...places].map((place) => [keyOf(place), place])).values()) {
    const ofFile = byFile.get(place.file);
    if (ofFile) ofFile.push(place);
    else byFile.set(place.file, [place]);
  }
  for (const [file, ofFile] of byFile) {
    const source = sources[file] as Source;
    const parse = createParser(source.format, source.log);
    const onLine = (place: Place, bytes: Buffer) => {
      const parsed = parse(bytes);
      if (parsed.kind === 'record') records.set(keyOf(place), recordOf(source, place.line, parsed));
    };
    const reader = await openBytes(source);
    try {
      const inOrder = ofFile.toSorted((one, other) => one.offset - other.offset);
      if (reader.seek(0)) await seekLines(reader, inOrder, onLine);
      else await passLines(reader, inOrder, onLine);
      for (const doubt of reader.finish()) if (doubt.code === 'log-changed') onDoubt(doubt);
    } finally {
      await reader.close();
    }
  }
  return records;
}

/** Of a line, whatever its offset. */
export const keyOf = ({ file, line }: Pick<Place, 'file' | 'line'>): number =>
  file * 2 ** 32 + line;

type OnLine = (place: Place, bytes: Buffer) => void;

async function seekLines(reader: ByteReader, places: Place[], onLine: OnLine): Promise<void> {
  let buffer = Buffer.alloc(FIRST_BYTES);
  for (const place of places) {
    reader.seek(place.offset);
    let filled = 0;
    let end = -1;
    while (end === -1) {
      const size = await reader.read(buffer, filled);
      end = buffer.subarray(filled, filled + size).indexOf(LINE_FEED);
      if (end !== -1) end += filled;
      filled += size;
      if (size === 0 || filled > MAX_LINE_BYTES) break;
      if (filled === buffer.length) buffer = Buffer.concat([buffer, Buffer.alloc(filled)]);
    }
    onLine(place, buffer.subarray(0, end === -1 ? filled : end));
  }
}

/** What can't be sought is read from its beginning. */
async function passLines(reader: ByteReader, places: Place[], onLine: OnLine): Promise<void> {
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
