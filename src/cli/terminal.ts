import { Chalk, type ChalkInstance } from 'chalk';

/** The only place that knows what the process's streams are. */

export const print = (text: string): void => {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
};

export const printError = (text: string): void => {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
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

/** Whether a line may be drawn over and over: a person watches, and nothing forbids it. */
export function isLive(stream: NodeJS.WriteStream): boolean {
  const { CI, NO_COLOR, TERM } = process.env;
  return stream.isTTY === true && !CI && !NO_COLOR && TERM !== 'dumb';
}

/** A reader that went away (`| head`) is no error of ours, and no reason to lose the exit code. */
export function toleratePipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
}
