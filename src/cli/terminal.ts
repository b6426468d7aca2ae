import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Chalk, type ChalkInstance } from 'chalk';
import { inert, sanitize } from '../report/index.ts';

/** The only place that knows what the process's streams are. */

export const print = (text: string): void => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
};

/** Prints piece by piece, no faster than the reader reads; what breaks the output is told of elsewhere. */
export async function printAll(pieces: Iterable<string> | AsyncIterable<string>): Promise<void> {
  await pipeline(Readable.from(pieces), process.stdout, { end: false }).catch((error) => {
    if (error.syscall !== 'write') throw error;
  });
}

/** Names of files and options come from outside, and reach the terminal as text alone. */
export const printError = (text: string): void => {
  const lines = text.replace(/\n$/, '').split('\n').map(sanitize).map(inert);
  process.stderr.write(`${lines.join('\n')}\n`);
};

/** Colours for a stream: none without a terminal, with NO_COLOR, or in a dumb one. */
export function coloursFor(stream: NodeJS.WriteStream): ChalkInstance {
  return new Chalk({ level: wantsColour(stream) ? 1 : 0 });
}

function wantsColour(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR && FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && TERM !== 'dumb';
}

/** Columns that text for that stream may take; without a terminal there is no end to them. */
export function widthOf(stream: NodeJS.WriteStream): number {
  return stream.columns > 0 ? stream.columns : Number.POSITIVE_INFINITY;
}

/** Whether a line may be drawn over and over: a person watches, and nothing forbids it. */
export function isLive(stream: NodeJS.WriteStream): boolean {
  const { CI, NO_COLOR, TERM } = process.env;
  // A terminal without a width, as a bare pseudo-terminal is, has no room for a line.
  return stream.isTTY === true && stream.columns > 0 && !CI && !NO_COLOR && TERM !== 'dumb';
}

/**
 * A reader that went away (`| head`) is no error of ours, and no reason to lose the exit code. Output
 * that can't be written for another reason, as on a full disk, is told of once.
 */
export function onBrokenOutput(broken: () => void): void {
  let told = false;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (told || error.code === 'EPIPE') return;
    told = true;
    printError(`wsdiag: can't write the output: ${error.message}`);
    broken();
  });
  // There is nowhere left to say it.
  process.stderr.on('error', () => {});
}
