import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { NatsConnection } from '@nats-io/transport-node';
import { signalGroup, spawnWatched } from '../real/watched-process.ts';
import { EnvironmentError } from '../simulate/errors.ts';
import { connectNats } from './connect.ts';
import type { LocalWorker } from './worker-process.ts';

const ENTRY = fileURLToPath(new URL('./worker-process.js', import.meta.url));
const USER = 'wsdiag';
const READY_WITHIN_MS = 10_000;
const ENDS_WITHIN_MS = 10_000;
const POLL_MS = 20;

/** Workers on this machine, over a NATS server of their own. */
export interface LocalFleet {
  nats: NatsConnection;
  /** Where a worker keeps its logs, by its name. */
  keptBy(name: string): string;
  /** Ends all of it. */
  stop(): Promise<void>;
}

/**
 * Starts a NATS server that nobody else is let into, and workers, each a process.
 *
 * @throws EnvironmentError where there is no `nats-server`
 */
export async function startLocalFleet(
  workers: number,
  { env, allowRemote }: { env: NodeJS.ProcessEnv; allowRemote: readonly string[] },
): Promise<LocalFleet> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-fleet-'));
  const secrets = { NATS_USER: USER, NATS_PASSWORD: randomBytes(24).toString('base64url') };
  const server = startServer(directory, secrets.NATS_PASSWORD, env);
  const children: ChildProcess[] = [];
  const keptBy = (name: string) => path.join(directory, name);
  const stop = async () => {
    await Promise.all(children.map(endWorker));
    await server.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  };
  try {
    const url = await server.address;
    for (let worker = 1; worker <= workers; worker += 1) {
      children.push(
        startWorker(
          {
            name: `local-${worker}`,
            nats: url,
            directory: keptBy(`local-${worker}`),
            allowRemote,
          },
          { ...withoutNats(env), ...secrets },
        ),
      );
    }
    const nats = await connectNats({ url, name: 'wsdiag coordinator', env: secrets });
    return {
      nats,
      keptBy,
      stop: async () => {
        await nats.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The user's own NATS is another one: its names and certificates would not be let in here. */
const withoutNats = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('NATS_')));

function startServer(directory: string, password: string, env: NodeJS.ProcessEnv) {
  const config = path.join(directory, 'nats.conf');
  const text = [
    'listen: "127.0.0.1:-1"',
    `jetstream { store_dir: ${JSON.stringify(directory)} }`,
    `authorization { user: ${USER}, password: ${JSON.stringify(password)} }`,
    `ports_file_dir: ${JSON.stringify(directory)}`,
  ];
  fs.writeFileSync(config, `${text.join('\n')}\n`, { mode: 0o600 });
  const child = spawnWatched('exec nats-server -c "$WSDIAG_NATS"', {
    // Debian has it where only its administrator looks.
    env: { ...env, PATH: `${env.PATH}:/usr/local/sbin:/usr/sbin`, WSDIAG_NATS: config },
  });
  let printed = '';
  for (const output of [child.stdout, child.stderr]) {
    output?.on('data', (bytes: Buffer) => {
      printed = (printed + bytes.toString()).slice(-4000);
    });
  }
  const gone = Promise.all([once(child, 'close'), once(child.stdio[3] as Readable, 'close')]);
  return {
    address: addressOf(child, directory, () => printed),
    stop: async () => {
      signalGroup(child, 'SIGKILL');
      await gone;
    },
  };
}

/** The server writes where it listens into a file. */
async function addressOf(
  child: ChildProcess,
  directory: string,
  printed: () => string,
): Promise<string> {
  const deadline = performance.now() + READY_WITHIN_MS;
  while (performance.now() < deadline && child.exitCode === null && child.signalCode === null) {
    const file = fs.readdirSync(directory).find((name) => name.endsWith('.ports'));
    if (file !== undefined) {
      const text = fs.readFileSync(path.join(directory, file), 'utf8');
      // It may be read while it is written.
      const [, port] = /"nats:\/\/[^"]*:(\d+)"/.exec(text) ?? [];
      if (port !== undefined) return `nats://127.0.0.1:${port}`;
    }
    await sleep(POLL_MS);
  }
  const why = /not found/.test(printed())
    ? 'nats-server is not installed: on Debian, `apt-get install nats-server`'
    : `nats-server did not start: ${printed().trim().split('\n').at(-1)}`;
  throw new EnvironmentError(`workers on this machine talk over NATS, and ${why}`);
}

function startWorker(options: LocalWorker, env: NodeJS.ProcessEnv): ChildProcess {
  // Ctrl-C is for the coordinator alone, which tells its workers.
  const child = fork(ENTRY, { env, detached: true, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  child.send(options);
  return child;
}

async function endWorker(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  if (child.connected) child.disconnect();
  const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
  await ended;
  clearTimeout(timer);
}
