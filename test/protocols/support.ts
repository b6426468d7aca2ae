/** What the tests of all protocols do: storms on servers of their kinds, and answers of no kind at all. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Hello } from '../../src/core/handshake.ts';
import type { Conversation, Message, Protocol } from '../../src/core/protocol.ts';
import { createProtocol, optionsOf, type ProtocolName } from '../../src/protocols/index.ts';
import {
  freePort,
  type Outcome,
  readSummary,
  runCli,
  runDirectoryIn,
  scenarioFile,
} from '../support/cli.ts';
import { isThorough } from '../support/thorough.ts';
import { startBrowser, temporaryDirectory } from '../support/world.ts';

export const HELLO: Hello = {
  session_id: '0f8fad5b-d9cb-469f-a165-70867728950e',
  connection_sequence: 3,
  document_id: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  persistence: 'session',
  reconnect_token: null,
};

export function protocolOf(name: ProtocolName, options: Record<string, unknown> = {}): Protocol {
  const checked = optionsOf(name)?.parse(options) ?? {};
  const protocol = createProtocol({ name, options: checked }, { welcome: 'open' });
  if (typeof protocol === 'string') throw new Error(`${name} is wsdiag's own handshake`);
  return protocol;
}

export const conversation = (name: ProtocolName, options?: Record<string, unknown>): Conversation =>
  protocolOf(name, options).converse(HELLO);

/** What a server asks for that has it in its environment, and fields that have it from there. */
export const TOKEN = 'not-for-everybody';
export const WITH_TOKEN = `{ token: '\${env.TOKEN}' }`;

/** Five clients, or two hundred. */
export const CLIENTS = isThorough ? 200 : 5;

/** What a program calls its version; null where there is no such program. */
export function toldVersion(program: string, ...args: string[]): string | null {
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return /version (\S+)/.exec(stdout ?? '')?.[1] ?? null;
}

/** The file of a server of these tests. */
export const serverFile = (name: string): string =>
  fileURLToPath(new URL(`servers/${name}`, import.meta.url));

export interface Storm {
  /** Of `servers/`, without its ending. */
  server: string;
  /** The target's protocol, as YAML. */
  protocol: string;
  clients?: number;
  path?: string;
  /** How long everyone has to come back. */
  settle?: string;
  /** Entries of the timeline, as YAML. Default: all are dropped, twice. */
  timeline?: string[];
  env?: Record<string, string>;
}

/** All clients are dropped twice, while the server pings them. */
export async function storm({ server, clients = CLIENTS, path = '', ...rest }: Storm) {
  const command = `exec "${process.execPath}" "${serverFile(`${server}.mjs`)}"`;
  return stormOn({ start: command, clients, path, log: 'stdout', ...rest });
}

interface StormOn {
  start: string;
  /** How long it may take until it is ready. */
  within?: string;
  protocol: string;
  clients: number;
  path: string;
  settle?: string;
  timeline?: string[];
  env?: Record<string, string>;
  port?: number;
  /** As YAML; undefined: the clients' log has to carry the verdict. */
  log?: string;
}

export async function stormOn({ start, protocol, clients, path: at, log, ...rest }: StormOn) {
  const { port, within = '20s', settle = '30s', timeline, env } = rest;
  const listens = port ?? (await freePort());
  const out = temporaryDirectory();
  const [first, second, end] = clients > 20 ? [4000, 8000, 10_000] : [1000, 2000, 2500];
  const drops = [first, second].map((at) => `{ at: ${at}ms, fault: drop }`);
  const entries = timeline ?? drops;
  const scenario = `name: storm
seed: 5
duration: ${end}ms
settle: ${settle}
clients: { count: ${clients}, connect_timeout: 20s, backoff: { policy: full-jitter, base: 20ms, max: 400ms } }
target:
  url: 'ws://127.0.0.1:${listens}${at}'
  start: { command: '${start}', within: ${within} }
${log === undefined ? '' : `  log: ${log}\n`}  protocol: ${protocol}
timeline: [${entries.join(', ')}]
`;
  const outcome = await runCli(['simulate', scenarioFile(scenario), '--out', out], {
    env: { PORT: `${listens}`, PATH: process.env.PATH ?? '', ...env },
  });
  return { ...outcome, out };
}

type Stormed = Outcome & { out: string };

/** Everyone came back each time, by the clients' log. */
export function expectBack({ code, stdout, stderr, out }: Stormed, clients = CLIENTS): void {
  expect(code, stdout + stderr).toBe(0);
  expect(readSummary(runDirectoryIn(out))).toMatchObject({
    verdict: 'pass',
    doubts: [],
    metrics: {
      sessions: clients,
      welcomed: 3 * clients,
      failed_attempts: 0,
      unrecovered_sessions: 0,
    },
  });
}

/** Everyone came back each time, and the server saw each session's numbers rise one by one. */
export function expectFollowed(stormed: Stormed, clients = CLIENTS): void {
  expectBack(stormed, clients);
  expectOneByOne(numbersSeen(runDirectoryIn(stormed.out)), clients);
}

/** By session, the numbers that a server saw. */
export const expectOneByOne = (seen: ReadonlyMap<string, number[]>, clients = CLIENTS): void =>
  expect([...seen.values()]).toEqual(Array(clients).fill([1, 2, 3]));

/** By session, as the server logged them. */
export function numbersSeen(run: string): Map<string, number[]> {
  const seen = new Map<string, number[]>();
  for (const line of linesOf(run, 'server.log')) {
    if (line.event !== 'connection_opened') continue;
    seen.set(line.session_id, [...(seen.get(line.session_id) ?? []), line.connection_sequence]);
  }
  return seen;
}

interface LogLine {
  event: string;
  session_id: string;
  connection_sequence: number;
  error?: string;
}

const linesOf = (run: string, name: string): LogLine[] =>
  fs
    .readFileSync(path.join(run, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Why attempts failed, each reason once. */
export const failuresOf = (out: string): string[] => [
  ...new Set(
    linesOf(runDirectoryIn(out), 'client.ndjson').flatMap(({ event, error }) =>
      event === 'connection_failed' && error !== undefined ? [error] : [],
    ),
  ),
];

/** What a client makes of a server that says just that, whatever it hears: the reason of its failed attempt. */
export async function failureAt(protocol: Protocol, answers: readonly Message[]): Promise<string> {
  const { log } = await dialled(protocol, (socket) => {
    for (const answer of answers) socket.send(answer);
  });
  return (await log.next('connection_failed', { connection_sequence: 1 })).error;
}

type ServerSocket = Parameters<Parameters<WebSocketServer['on']>[1]>[0] & {
  send(message: Message): void;
  close(code: number, reason?: string): void;
};

/** A client of that protocol, and a server that does that with each connection. */
export async function dialled(protocol: Protocol, serve: (socket: ServerSocket) => void) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (socket) => {
    socket.on('error', () => {});
    serve(socket as unknown as ServerSocket);
  });
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const started = startBrowser(
    `ws://127.0.0.1:${port}`,
    { backoff: { policy: 'fixed', baseMs: 60_000, maxMs: 60_000 } },
    'node',
    {
      path: protocol.path ?? '/',
      headers: {},
      subprotocols: protocol.subprotocols ?? [],
      protocol,
      maxDialsPerSecond: null,
    },
  );
  started.browser.open('tab').load();
  return started;
}
