import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import {
  type Cli,
  type CliOptions,
  type LogLine,
  readLines,
  readSummary,
  runDirectoryIn,
  startProcess,
} from './cli.ts';
import { temporaryDirectory } from './world.ts';

const MARK = 'WSDIAG_TEST_MARK';

/** Coordinators and workers as processes, and all that come from them, which are found by their environment. */
export class FleetProcesses {
  readonly #mark = randomUUID();
  readonly #env: Record<string, string>;

  constructor(env: Record<string, string> = {}) {
    this.#env = { ...env, [MARK]: this.#mark };
    // Workers of a coordinator that a test killed are in no group of the test's.
    onTestFinished(() => {
      for (const { pid } of this.living()) process.kill(pid, 'SIGKILL');
    });
  }

  start(args: string[], options: CliOptions = {}): Cli {
    return startProcess(args, { ...options, env: { ...this.#env, ...options.env } });
  }

  /** A worker, once it can be found. */
  async startWorker(name: string, args: string[] = [], options: CliOptions = {}): Promise<Worker> {
    const dir = path.join(temporaryDirectory(), name);
    const cli = this.start(['worker', '--name', name, '--dir', dir, ...args], options);
    await cli.until(/ready for up to/);
    return { cli, dir };
  }

  startWorkers(names: string[], args: string[] = []): Promise<Worker[]> {
    return Promise.all(names.map((name) => this.startWorker(name, args)));
  }

  simulate(file: string, args: string[], options: CliOptions = {}): PlayedStorm {
    const out = temporaryDirectory();
    return new PlayedStorm(this.start(['simulate', file, '--out', out, ...args], options), out);
  }

  /** What lives of all of it, whoever its parent is. */
  living(): { pid: number; command: string }[] {
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => told(pid, 'environ').includes(`${MARK}=${this.#mark}`))
      .map((pid) => ({ pid: Number(pid), command: told(pid, 'cmdline').replaceAll('\0', ' ') }));
  }

  /** The processes that play for a coordinator on its own machine. */
  localWorkers(): number[] {
    return this.living()
      .filter(({ command }) => command.includes('worker-process.js'))
      .map(({ pid }) => pid);
  }
}

export interface Worker {
  cli: Cli;
  /** Where it keeps logs. */
  dir: string;
}

/** A `simulate` that workers play for. */
export class PlayedStorm {
  readonly cli: Cli;
  readonly #out: string;

  constructor(cli: Cli, out: string) {
    this.cli = cli;
    this.#out = out;
  }

  get directory(): string {
    return runDirectoryIn(this.#out);
  }

  /** Every worker has its share, and the moment of the start is about to be told. */
  async joined(workers: number): Promise<void> {
    await this.cli.until(/seed/);
    const isJoined = () => this.logged('worker_joined').length === workers;
    while (!isJoined()) {
      if (this.cli.child.exitCode !== null) throw new Error(`it ended: ${this.cli.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Lines of the coordinator's log, so far. */
  logged(event: string): LogLine[] {
    try {
      return readLines(this.directory, 'faults.ndjson').filter((line) => line.event === event);
    } catch {
      return [];
    }
  }

  /** The verdict, once it has ended, and what it was doubtful for. */
  async ended(): Promise<Ended> {
    const { code, stderr, stdout } = await this.cli.outcome;
    if (code !== 0 && code !== 1 && code !== 3) return { code, stderr, stdout };
    const { verdict, doubts } = readSummary(this.directory);
    const codes = (doubts as { code: string }[]).map((doubt) => doubt.code);
    return { code, stderr, stdout, verdict, doubts: [...new Set(codes)] };
  }
}

export interface Ended {
  code: number | null;
  stderr: string;
  stdout: string;
  verdict?: unknown;
  doubts?: string[];
}

function told(pid: string, file: 'environ' | 'cmdline'): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}
