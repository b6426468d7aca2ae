import { addAbortSignal, type Readable } from 'node:stream';
import { type ByteReader, PieceReader } from './byte-reader.ts';
import { readingAsync } from './errors.ts';

/** What can be read once only: standard input, a FIFO, a device. */
export function streamReader(file: string, stream: Readable, signal?: AbortSignal): ByteReader {
  if (signal) addAbortSignal(signal, stream);
  const pieces: AsyncIterator<Buffer> = stream[Symbol.asyncIterator]();
  const origin = {
    position: 0,
    size: null,
    finish: () => [],
    close: async () => {
      stream.destroy();
    },
  };
  const next = async () => {
    const result = await readingAsync(file, () => pieces.next());
    origin.position += result.done ? 0 : result.value.length;
    return result;
  };
  return new PieceReader(origin, { next });
}
