import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'vitest';

const hasNats = spawnSync('nats-server', ['--version']).status === 0;

/** Tests that need a NATS server. */
export function withNats(name: string, tests: () => void): void {
  if (hasNats) describe(name, tests);
  else it.skip(`nats-server is not installed, so these did not run: ${name}`);
}

export interface NatsServerOptions {
  host?: string;
  /** A command that runs it, as `ip netns exec` does. */
  under?: string[];
  /** More of its own options. */
  args?: string[];
}

/** A NATS server with JetStream, in a directory of its own. Who starts it stops it. */
export class NatsServer {
  readonly #directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-test-nats-'));
  readonly #options: NatsServerOptions;
  #child!: ChildProcess;
  #port = '-1';

  private constructor(options: NatsServerOptions) {
    this.#options = options;
  }

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = new NatsServer(options);
    await server.begin();
    return server;
  }

  get url(): string {
    return `nats://${this.#host}:${this.#port}`;
  }

  /** Listens, and again where it listened before. */
  async begin(): Promise<void> {
    const args = ['-a', this.#host, '-p', this.#port, '-js', '-sd', this.#directory];
    const { under = [], args: more = [] } = this.#options;
    const [command = '', ...rest] = [...under, 'nats-server', ...args, ...more];
    const child = spawn(command, rest, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    const printed = await printedUntil(child, 'Server is ready');
    this.#port = /Listening for client connections on \S+:(\d+)/.exec(printed)?.[1] ?? this.#port;
  }

  /** Ends it as a crash does; what it stored is kept. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill();
    fs.rmSync(this.#directory, { recursive: true, force: true });
  }

  get #host(): string {
    return this.#options.host ?? '127.0.0.1';
  }
}

async function printedUntil(child: ChildProcess, wanted: string): Promise<string> {
  let printed = '';
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`nats-server ended: ${printed}`)));
    // Read on after it is there, or the pipe would fill.
    child.stderr?.on('data', (bytes: Buffer) => {
      printed += bytes;
      if (printed.includes(wanted)) resolve(printed);
    });
  });
}
