import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type ByteReader, Peekable } from './byte-reader.ts';
import { readingAsync } from './errors.ts';
import { openFifo } from './fifo.ts';
import { FileReader } from './file-reader.ts';
import { GZIP_HEAD_BYTES, gunzipReader, isGzip } from './gzip.ts';
import { isOtlp, OTLP_HEAD_BYTES, otlpReader } from './otlp.ts';
import type { Source } from './sources.ts';
import { streamReader } from './stream-reader.ts';
import { UTF16_HEAD_BYTES, utf16Of, utf16Reader } from './utf16.ts';

export type { ByteReader } from './byte-reader.ts';

/** What stands for standard input among the names of files. */
export const STDIN = '-';

const BYTE_ORDER_MARK = Buffer.of(0xef, 0xbb, 0xbf);

/**
 * Opens a log as UTF-8 bytes: what is compressed is inflated, UTF-16 transcoded, and a byte order mark
 * dropped; each is told by the first bytes, never by the name.
 *
 * @throws LogUnreadable, as its `read` does
 */
export async function openBytes(
  source: Pick<Source, 'file' | 'extent' | 'opened'>,
  signal?: AbortSignal,
): Promise<Peekable> {
  const { file, extent, opened } = source;
  source.opened = undefined;
  if (opened) return opened;
  const raw = extent ? await FileReader.open(file, extent) : await openRaw(file, signal);
  try {
    return await unbatched(await decoded(await inflated(file, raw)));
  } catch (error) {
    await raw.close();
    throw error;
  }
}

async function openRaw(file: string, signal?: AbortSignal): Promise<ByteReader> {
  if (file === STDIN) return streamReader(file, process.stdin, signal);
  const stats = await readingAsync(file, () => stat(file));
  if (stats.isFIFO()) return streamReader(file, await openFifo(file, signal), signal);
  return stats.isCharacterDevice()
    ? streamReader(file, createReadStream(file), signal)
    : FileReader.open(file);
}

async function inflated(file: string, raw: ByteReader): Promise<Peekable> {
  const bytes = new Peekable(raw);
  if (!isGzip(await bytes.peek(GZIP_HEAD_BYTES))) return bytes;
  return new Peekable(gunzipReader(file, bytes));
}

/** A batch of records on a line becomes a line for each. */
async function unbatched(text: Peekable): Promise<Peekable> {
  return isOtlp(await text.peek(OTLP_HEAD_BYTES)) ? new Peekable(otlpReader(text)) : text;
}

async function decoded(bytes: Peekable): Promise<Peekable> {
  const order = utf16Of(await bytes.peek(UTF16_HEAD_BYTES));
  const text = order === undefined ? bytes : new Peekable(utf16Reader(bytes, order));
  if ((await text.peek(BYTE_ORDER_MARK.length)).equals(BYTE_ORDER_MARK)) {
    await text.passOver(BYTE_ORDER_MARK.length);
  }
  return text;
}
