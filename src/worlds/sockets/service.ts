import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalGroup, spawnWatched } from '../../real/watched-process.ts';
import { accepts } from './find-listener.ts';

export interface ServiceOptions {
  /** As a shell takes it. */
  command: string;
  /** Default: the directory of this process. */
  cwd?: string | undefined;
  /** All of its environment. */
  env: NodeJS.ProcessEnv;
  /** Where it listens. */
  host: string;
  port: number;
  /** An address that answers with 2xx or 3xx once it is ready; else it is when its port takes a connection. */
  ready?: string | undefined;
  withinMs: number;
  /** How long it may take to end when it is asked to. Default: 10 s. */
  endsWithinMs?: number;
  said(from: 'stdout' | 'stderr', bytes: Buffer): void;
  /** It ended, and nobody had asked for it. */
  onFailure(error: Error): void;
}

/** How it ended when it was asked to. */
export interface Ended {
  /** It was killed, for that was asked for or it took too long. */
  killed: boolean;
  /** `exit 1`, or the name of a signal. */
  exit: string;
}

const POLL_MS = 50;
const ENDS_WITHIN_MS = 10_000;
const LAST_LINES = 10;
const LAST_CHARACTERS = 8192;

/** A service that a command starts, with all the processes that it makes. */
export class Service {
  readonly #options: ServiceOptions;
  #child: ChildProcess | null = null;
  /** Resolves once its command has ended, and no process has its output open. */
  #gone: Promise<void> = Promise.resolve();
  /** Resolves once its watcher is gone too. */
  #unwatched: Promise<void> = Promise.resolve();
  #isAskedToEnd = false;
  /** How its command ended; undefined while it runs. */
  #exit: string | undefined;
  #last = '';

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  /** Resolves once it is ready. @throws where it never is, with what it printed last */
  async start(): Promise<void> {
    const { command, cwd, env, host, port, withinMs } = this.#options;
    if (await accepts(host, port)) {
      throw new Error(
        `something listens at ${host}:${port} already; stop it, or leave out the command that starts the service`,
      );
    }
    this.#isAskedToEnd = false;
    const child = spawnWatched(command, { cwd, env });
    this.#child = child;
    let ended: string | undefined;
    this.#exit = undefined;
    const exited = new Promise<void>((resolve) => {
      child.once('error', (error) => {
        ended = `can't be started: ${error.message}`;
        resolve();
      });
      child.once('exit', (code, signal) => {
        this.#exit = signal ?? `exit ${code}`;
        ended = `ended with ${this.#exit}`;
        resolve();
      });
    });
    const closed = (['stdout', 'stderr'] as const).map((from) => {
      const output = child[from] as Readable;
      output.on('data', (bytes: Buffer) => this.#heard(from, bytes));
      return once(output, 'close');
    });
    this.#gone = Promise.all([exited, ...closed]).then(() => {});
    this.#unwatched = once(child.stdio[3] as Readable, 'close').then(() => {});
    const deadline = performance.now() + withinMs;
    while (!(await this.#isReady())) {
      if (ended !== undefined) throw this.problem(`${ended} before it was ready`);
      if (performance.now() > deadline) {
        this.kill();
        throw this.problem(`was not ready within ${withinMs / 1000} s (${this.#readyMeans})`);
      }
      await sleep(POLL_MS);
    }
    if (ended !== undefined) throw this.problem(ended);
    child.once('exit', () => {
      if (!this.#isAskedToEnd) this.#options.onFailure(this.problem(`${ended} in mid-run`));
    });
  }

  /**
   * `graceful`: SIGTERM, and SIGKILL where that isn't enough. Resolves once it is gone; to null where it was before.
   *
   * @param onKill called right before it is killed
   */
  async stop(how: 'graceful' | 'crash', onKill: () => void = () => {}): Promise<Ended | null> {
    if (this.#child === null) return null;
    this.#isAskedToEnd = true;
    let killed = true;
    if (how === 'graceful') {
      this.#signal('SIGTERM');
      // One that is frozen would not hear of it.
      this.freeze(false);
      const timer = new AbortController();
      killed = await Promise.race([
        this.#gone.then(() => false),
        sleep(this.#options.endsWithinMs ?? ENDS_WITHIN_MS, true, {
          signal: timer.signal,
        }).catch(() => true),
      ]);
      timer.abort();
    }
    if (killed) onKill();
    this.kill();
    await Promise.all([this.#gone, this.#unwatched]);
    this.#child = null;
    return { killed, exit: this.#exit ?? 'SIGKILL' };
  }

  /** While on, none of its processes does anything. */
  freeze(on: boolean): void {
    this.#signal(on ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Ends all of it at once. */
  kill(): void {
    this.#isAskedToEnd = true;
    this.#signal('SIGKILL');
  }

  /** To its process group, of which no process may be left. */
  #signal(signal: NodeJS.Signals): void {
    if (this.#child) signalGroup(this.#child, signal);
  }

  #heard(from: 'stdout' | 'stderr', bytes: Buffer): void {
    this.#last = (this.#last + bytes.toString()).slice(-LAST_CHARACTERS);
    this.#options.said(from, bytes);
  }

  async #isReady(): Promise<boolean> {
    const { host, port, ready } = this.#options;
    if (ready === undefined) return accepts(host, port);
    try {
      const { ok, status, body } = await fetch(ready, {
        redirect: 'manual',
        signal: AbortSignal.timeout(1000),
      });
      await body?.cancel();
      return ok || (status >= 300 && status < 400);
    } catch {
      return false;
    }
  }

  get #readyMeans(): string {
    const { host, port, ready } = this.#options;
    return ready === undefined ? `nothing listened at ${host}:${port}` : `${ready} did not answer`;
  }

  /** What became of it, with what it printed last. */
  problem(what: string): Error {
    const lines = this.#last.trimEnd().split('\n').slice(-LAST_LINES);
    const last = this.#last.trim() === '' ? ', and printed nothing' : '; it printed last:';
    return new Error(
      [`\`${this.#options.command}\` ${what}${last}`, ...lines.map((line) => `  ${line}`)]
        .join('\n')
        .trimEnd(),
    );
  }
}
