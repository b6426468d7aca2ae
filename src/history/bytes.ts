import { open } from 'node:fs/promises';
import type { Doubt } from '../core/findings.ts';
import type { Source } from './sources.ts';

export interface ByteReader {
  read(buffer: Buffer, at: number): Promise<number>;
  readonly position: number;
  readonly size: number | null;
  close(): Promise<void>;
  finish(): Doubt[];
}

export async function openBytes(source: Source): Promise<ByteReader> {
  const handle = await open(source.file, 'r');
  const { size } = await handle.stat();
  let position = 0;
  return {
    async read(buffer, at) {
      const { bytesRead } = await handle.read(buffer, at, buffer.length - at, position);
      position += bytesRead;
      return bytesRead;
    },
    get position() {
      return position;
    },
    size,
    close: () => handle.close(),
    finish: () => [],
  };
}
