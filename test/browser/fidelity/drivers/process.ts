import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The first of these programs that is there, or null. */
export function findProgram(names: string[]): string | null {
  const directories = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = names.flatMap((name) => directories.map((place) => path.join(place, name)));
  return candidates.find((candidate) => fs.existsSync(candidate)) ?? null;
}

/** `156.0.8078.108` of what a program says of itself. */
export function versionOf(program: string): string {
  const text = execFileSync(program, ['--version'], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return /\d+(\.\w+)+/.exec(text)?.[0] ?? text.trim();
}

/** A browser's process, and the profile that outlives it. */
export class BrowserProcess {
  readonly profile: string;
  readonly #command: string[];
  #child: ChildProcess | null = null;
  #exited: Promise<void> = Promise.resolve();

  /** `prefix`: what it is started with, such as `nsenter` and its arguments. */
  constructor(program: string, prefix: string[] = []) {
    this.#command = [...prefix, program];
    this.profile = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-profile-'));
  }

  /** Starts it; what it says on stderr is offered line by line until `heard` gives an answer. */
  start<T>(args: string[], heard: (line: string) => T | null): Promise<T> {
    const [program = '', ...before] = this.#command;
    const child = spawn(program, [...before, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
      // A group of its own, so that its helpers can be ended with it.
      detached: true,
      env: { ...process.env, MOZ_CRASHREPORTER_DISABLE: '1' },
    });
    this.#child = child;
    process.off('exit', this.#endHelpers).once('exit', this.#endHelpers);
    this.#exited = new Promise((resolve) => child.once('exit', () => resolve()));
    return new Promise((resolve, reject) => {
      let text = '';
      child.stderr?.on('data', (chunk) => {
        text += chunk;
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) {
          const answer = heard(line);
          if (answer !== null) resolve(answer);
        }
      });
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`${program} ended before it was ready`)));
      setTimeout(() => reject(new Error(`${program} is not ready in 60 s`)), 60_000).unref();
    });
  }

  /** kill -9 of the browser; its helpers find out by themselves. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  /** Ends the browser with its helpers, and removes the profile. */
  async stop(): Promise<void> {
    await this.kill();
    this.#endHelpers();
    process.off('exit', this.#endHelpers);
    this.#child = null;
    fs.rmSync(this.profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  /** Also at the end of the test's own process, should nobody have come to `stop()`. */
  readonly #endHelpers = (): void => {
    try {
      if (this.#child?.pid) process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // Nobody is left of the group.
    }
  };
}
