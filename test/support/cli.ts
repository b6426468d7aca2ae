import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { PassThrough, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import type { Output, Surroundings } from '../../src/cli/shell.ts';
import { temporaryDirectory } from './world.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BIN = path.join(ROOT, 'bin/wsdiag.js');
/** What is built, as `bin` runs it: its threads and server processes are files there. */
const MAIN = path.join(ROOT, 'dist/bin/main.js');

/** A scenario that is shipped. */
export const shipped = (name: string): string => path.join(ROOT, 'scenarios', name);

export interface CliOptions {
  /** Beside PATH and TERM, which are all that is passed on. */
  env?: Record<string, string>;
  cwd?: string;
  /** All of stdin; without it, stdin stays open. */
  input?: string;
  /** Shell commands before it, in the same shell: limits, the size of the terminal. */
  before?: string;
  /** A command that runs it: `nice`, `setpriv` and the like. */
  under?: string[];
  /** Run in a pseudo-terminal: what it prints, on stdout or on stderr, is in `stdout`. */
  terminal?: boolean;
}

export interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A command that runs, here or in a process of its own, and what it has printed so far. */
abstract class Running {
  abstract readonly outcome: Promise<Outcome>;
  stdout = '';
  stderr = '';
  protected hasEnded = false;
  #noteOutput: () => void = () => {};

  /** Resolves once its output has that; rejects where it ends without. */
  until(wanted: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const found = wanted.exec(this.stdout) ?? wanted.exec(this.stderr);
        if (found) resolve(found);
        else if (this.hasEnded) {
          reject(new Error(`ended without ${wanted}:\n${this.stdout}\n${this.stderr}`));
        }
      };
      const before = this.#noteOutput;
      this.#noteOutput = () => {
        before();
        look();
      };
      look();
    });
  }

  protected note(stream: 'stdout' | 'stderr', text: string): void {
    this[stream] += text;
    this.#noteOutput();
  }

  protected end(code: number | null, signal: NodeJS.Signals | null): Outcome {
    this.hasEnded = true;
    this.#noteOutput();
    return { code, signal, stdout: this.stdout, stderr: this.stderr };
  }
}

/** The command line in a process group of its own, all of which ends with the test. */
export class Cli extends Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly outcome: Promise<Outcome>;

  constructor(args: string[], options: CliOptions = {}) {
    super();
    const { env, cwd, input } = options;
    const [command, ...rest] = commandLine(args, options);
    this.child = spawn(command as string, rest, {
      cwd,
      detached: true,
      env: { PATH: process.env.PATH, TERM: 'xterm', ...env },
    });
    this.child.stdin.on('error', () => {});
    if (input !== undefined) this.child.stdin.end(input);
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => this.note('stdout', text));
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => this.note('stderr', text));
    this.outcome = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve(this.end(code, signal)));
    });
    onTestFinished(() => this.killGroup('SIGKILL'));
  }

  get pid(): number {
    return this.child.pid as number;
  }

  type(keys: string): void {
    this.child.stdin.write(keys);
  }

  /** Signals it alone, as `kill` does, or its whole group, as Ctrl-C does. */
  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  killGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  /** Processes of its group that live: itself, and the servers it started. Linux only. */
  group(): number[] {
    return fs.readdirSync('/proc').flatMap((name) => {
      const [, state, group] = /^\d+ \(.*\) (\S) \d+ (\d+)/s.exec(statOf(name)) ?? [];
      return state !== undefined && state !== 'Z' && Number(group) === this.pid
        ? [Number(name)]
        : [];
    });
  }
}

export const startProcess = (args: string[], options?: CliOptions): Cli => new Cli(args, options);

/** A process of its own, to its end. */
export const runProcess = (args: string[], options: CliOptions = {}): Promise<Outcome> =>
  new Cli(args, { input: '', ...options }).outcome;

export interface HereOptions extends Pick<CliOptions, 'env' | 'input'> {
  /** Prints to something like a terminal of that width; what is on it is all in `stdout`. */
  columns?: number;
}

/**
 * The command line in this process, which most cases can do with. Not a log from standard input, a second
 * signal, or anything that is the whole process's: limits, its directory, its environment.
 */
class Here extends Running {
  readonly outcome: Promise<Outcome>;
  readonly #stdin = new PassThrough();
  readonly #surroundings: Surroundings;
  #isStopped = false;

  constructor(args: string[], { env, input, columns }: HereOptions = {}) {
    super();
    const stdout = this.#output('stdout', columns);
    this.#surroundings = Object.assign(new EventEmitter(), {
      stdin: this.#stdin,
      stdout,
      stderr: columns === undefined ? this.#output('stderr') : stdout,
      env: { TERM: 'xterm', ...env },
    });
    if (input !== undefined) this.#stdin.end(input);
    this.outcome = this.#run(args);
    onTestFinished(async () => {
      if (!this.#isStopped) this.kill('SIGTERM');
      await this.outcome;
    });
  }

  type(keys: string): void {
    this.#stdin.write(keys);
  }

  /** Once: a second signal would end the process, which is the test's own. */
  kill(signal: 'SIGINT' | 'SIGTERM'): void {
    this.#isStopped = true;
    this.#surroundings.emit(signal, signal);
  }

  async #run(args: string[]): Promise<Outcome> {
    const { main }: typeof import('../../src/cli/main.ts') = await import(MAIN);
    return this.end(await main(args, this.#surroundings), null);
  }

  #output(name: 'stdout' | 'stderr', columns?: number): Output {
    const stream = new Writable({
      write: (chunk, _encoding, done) => {
        this.note(name, `${chunk}`);
        done();
      },
    });
    if (columns === undefined) return stream;
    return Object.assign(stream, {
      isTTY: true,
      columns,
      cursorTo: (x: number) => readline.cursorTo(stream, x),
      moveCursor: (dx: number, dy: number) => readline.moveCursor(stream, dx, dy),
      clearLine: (direction: readline.Direction) => readline.clearLine(stream, direction),
    });
  }
}

export const startCli = (args: string[], options?: HereOptions): Here => new Here(args, options);

/** In this process, to its end. */
export const runCli = (args: string[], options: HereOptions = {}): Promise<Outcome> =>
  new Here(args, { input: '', ...options }).outcome;

/** Whether there is a `script` that can give a command a terminal. */
export const hasTerminal = /util-linux/.test(
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '',
);

export const isLinux = process.platform === 'linux';

/** Processes that this one has started, and that live; only Linux tells. */
export const children = (): number[] => {
  if (!isLinux) return [];
  return fs
    .readdirSync('/proc/self/task')
    .flatMap((task) => fs.readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '))
    .flatMap((pid) => (pid === '' ? [] : [Number(pid)]));
};

/** `serve`, once it listens, and the URL it tells then. */
export async function startServe<T extends Running>(
  start: (args: string[]) => T,
  args: string[] = [],
) {
  const cli = start(['serve', '--port', '0', ...args]);
  const [url] = await cli.until(/ws:\/\/[\w.:]+/);
  return { cli, url };
}

export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Writes a scenario under its name. */
export function scenarioFile(text: string, directory = temporaryDirectory()): string {
  const name = /^name: (\S+)/m.exec(text)?.[1] ?? 'nameless';
  const file = path.join(directory, `${name}.yaml`);
  fs.writeFileSync(file, text);
  return file;
}

const QUICK = 'seed: 1\nduration: 200ms\n';

/** Scenarios that take a moment, by the verdict they come to. */
export const QUICK_SCENARIOS = {
  pass: `name: quick-pass\n${QUICK}clients: { count: 2 }\n`,
  fail: `name: quick-fail\n${QUICK}clients: { count: 2, defect: { name: starts-at-two } }\n`,
  // No hello arrives while the run goes on, so there is nothing to judge.
  unknown:
    `name: quick-unknown\n${QUICK}settle: 0s\nclients: { count: 2 }\n` +
    'timeline: [{ at: 0s, fault: latency, for: 200ms, delay: 500ms }]\n',
} as const;

/** The one run directory in there. */
export function runDirectoryIn(out: string): string {
  const runs = fs.readdirSync(out).filter((name) => name !== 'latest');
  if (runs.length !== 1) throw new Error(`${runs.length} run directories in ${out}`);
  return path.join(out, runs[0] as string);
}

export type LogLine = Record<string, unknown> & { event: string };

export const linesOf = (text: string): LogLine[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

export const readLines = (...file: string[]): LogLine[] =>
  linesOf(fs.readFileSync(path.join(...file), 'utf8'));

export const readSummary = (runDirectory: string): Record<string, unknown> =>
  JSON.parse(fs.readFileSync(path.join(runDirectory, 'summary.json'), 'utf8'));

/** A module for `NODE_OPTIONS`, run before the command line. */
export function preloaded(code: string): Record<string, string> {
  const file = path.join(temporaryDirectory(), 'preloaded.mjs');
  fs.writeFileSync(file, code);
  return { NODE_OPTIONS: `--import=${file}` };
}

function commandLine(args: string[], { before, under = [], terminal }: CliOptions): string[] {
  const direct = [...under, process.execPath, BIN, ...args];
  const shell = [...(before ? [before] : []), `exec ${direct.map(quoted).join(' ')}`].join('; ');
  if (terminal) return ['script', '-qec', shell, os.devNull];
  return before ? ['sh', '-c', shell] : direct;
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function statOf(pid: string): string {
  try {
    return /^\d+$/.test(pid) ? fs.readFileSync(`/proc/${pid}/stat`, 'latin1') : '';
  } catch {
    return '';
  }
}
