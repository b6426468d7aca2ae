import { closeSync, constants, open, openSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { readingAsync } from './errors.ts';

const CALL_OFF_EVERY_MS = 10;

/**
 * Opens a FIFO once somebody writes to it. It is read as a socket is, for a file's read that waits for the
 * writer can't be called off, and keeps the process from ending.
 *
 * @throws LogUnreadable
 */
export async function openFifo(file: string, signal?: AbortSignal): Promise<Readable> {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    callOff(file);
    timer = setInterval(callOff, CALL_OFF_EVERY_MS, file);
  };
  signal?.throwIfAborted();
  signal?.addEventListener('abort', onAbort);
  try {
    const fd = await readingAsync(file, () => promisify(open)(file, 'r'));
    return new Socket({ fd, readable: true, writable: false });
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** Who waits for somebody to open the other side is done once somebody does. */
function callOff(fifo: string): void {
  try {
    closeSync(openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // Nobody waits there yet.
  }
}
