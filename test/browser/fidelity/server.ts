import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { WriteLog } from '../../../src/core/records.ts';
import { DEFAULT_SERVER_SETTINGS, type ServerSettings } from '../../../src/core/settings.ts';
import { ReferenceServer } from '../../../src/real/server.ts';
import type { LogLine } from './seen.ts';

type Told = (line: LogLine) => void;

interface Place {
  host: string;
  /** Of the pages that may connect. */
  origin: string | null;
  settings: Partial<ServerSettings>;
}

const HEARTBEAT_MS = 2000;
const BIN = fileURLToPath(new URL('../../../bin/wsdiag.js', import.meta.url));

/** The reference server in this process; `told` hears its log. */
export async function startServer(
  told: Told,
  { host, origin, settings }: Place,
): Promise<{ server: ReferenceServer; port: number }> {
  const write = ((event: string, fields: object) =>
    told({ time: new Date().toISOString(), event, ...fields })) as WriteLog<'server'>;
  const server = new ReferenceServer(
    {
      host,
      port: 0,
      settings: {
        ...DEFAULT_SERVER_SETTINGS,
        heartbeatIntervalMs: HEARTBEAT_MS,
        heartbeatTimeoutMs: 2 * HEARTBEAT_MS,
        ...settings,
      },
      secret: 'a secret for tests',
      allowedOrigins: origin === null ? [] : [origin],
    },
    { write, flush: () => {}, close: () => {} },
  );
  const { port } = await server.start();
  return { server, port };
}

/** `wsdiag serve` as a user starts it, so that it can be sent a signal. */
export class ServeProcess {
  readonly #told: Told;
  #child: ChildProcess | null = null;
  #port = 0;

  constructor(told: Told) {
    this.#told = told;
  }

  get port(): number {
    return this.#port;
  }

  /** Resolves once it listens; from the second time on where it did before. */
  async start(): Promise<void> {
    const args = ['serve', '--port', `${this.#port}`, '--heartbeat', `${HEARTBEAT_MS}ms`];
    const child = spawn(process.execPath, [BIN, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, WSDIAG_SECRET: 'a secret for tests' },
    });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      child.once('exit', () => reject(new Error('wsdiag serve ended')));
      createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (text) => {
        const line = JSON.parse(text) as LogLine;
        if (line.event === 'server_started') {
          this.#port = Number(new URL(String(line.url)).port);
          resolve();
        }
        this.#told(line);
      });
    });
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    await exited;
  }
}
