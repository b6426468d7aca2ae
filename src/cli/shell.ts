import type { EventEmitter } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Chalk, type ChalkInstance } from 'chalk';
import { inert, sanitize } from '../report/sanitize.ts';
import { EXIT } from './exit.ts';

/** A stream that text is printed to, a terminal or not. */
export type Output = Writable & Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>>;

/** What the command line is run in: the process, or something like it. Emits SIGINT and SIGTERM. */
export interface Surroundings extends Pick<EventEmitter, 'on' | 'off' | 'emit'> {
  readonly stdin: Readable & Partial<Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode' | 'unref'>>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The spinner, a space, and the last column, which some terminals wrap at. */
const SPINNER_WIDTH = 3;

/** How a command reaches its surroundings: what it reads and prints, and the code it ends with. */
export class Shell {
  exitCode: number = EXIT.pass;
  readonly surroundings: Surroundings;

  constructor(surroundings: Surroundings) {
    this.surroundings = surroundings;
  }

  get stdin() {
    return this.surroundings.stdin;
  }

  get stdout(): Output {
    return this.surroundings.stdout;
  }

  get stderr(): Output {
    return this.surroundings.stderr;
  }

  get env() {
    return this.surroundings.env;
  }

  /** The command line, as the user called it. */
  get command(): string {
    return this.env.npm_command === 'exec' ? 'npx wsdiag' : 'wsdiag';
  }

  print(text: string): void {
    this.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
  }

  /** Prints piece by piece, no faster than the reader reads; what breaks the output is told of elsewhere. */
  async printAll(pieces: Iterable<string> | AsyncIterable<string>): Promise<void> {
    await pipeline(Readable.from(pieces), this.stdout, { end: false }).catch((error) => {
      if (error.syscall !== 'write') throw error;
    });
  }

  /** Names of files and options come from outside, and reach the terminal as text alone. */
  printError(text: string): void {
    const lines = text.replace(/\n$/, '').split('\n').map(sanitize).map(inert);
    this.stderr.write(`${lines.join('\n')}\n`);
  }

  /** For stdout: no colours without a terminal, with NO_COLOR, or in a dumb one. */
  get palette(): ChalkInstance {
    return new Chalk({ level: this.#wantsColour ? 1 : 0 });
  }

  /** NO_COLOR: it takes colours away, and nothing else. */
  get forbidsColour(): boolean {
    return Boolean(this.env.NO_COLOR);
  }

  get #wantsColour(): boolean {
    const { FORCE_COLOR, TERM } = this.env;
    if (this.forbidsColour) return false;
    if (FORCE_COLOR && FORCE_COLOR !== '0') return true;
    return this.stdout.isTTY === true && TERM !== 'dumb';
  }

  /** Columns that text on stdout may take; undefined where there is no end to them. */
  get width(): number | undefined {
    return this.stdout.columns || undefined;
  }

  /** Columns of a line that is drawn over, beside what turns before it. */
  get liveWidth(): number {
    return Math.max(1, (this.stderr.columns ?? 0) - SPINNER_WIDTH);
  }

  /** Whether a line on stderr may be drawn over and over: a person watches, and nothing forbids it. */
  get isLive(): boolean {
    const { CI, TERM } = this.env;
    const { isTTY, columns = 0 } = this.stderr;
    // A terminal without a width, as a bare pseudo-terminal is, has no room for a line.
    return isTTY === true && columns > 0 && !CI && TERM !== 'dumb';
  }
}
