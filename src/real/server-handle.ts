import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SERVICE_RESTART } from '../core/close-codes.ts';
import type { ServerSettings } from '../core/settings.ts';
import type { CloseRule, RejectRule, ServerControl, ServerNode } from '../core/world.ts';
import type { ServerOptions } from './server.ts';

/** What is the matter with a server. */
export interface Troubles {
  rejects: RejectRule | null;
  stalls: boolean;
  closes: CloseRule | null;
}

export type ToServer =
  | {
      type: 'listen';
      options: Omit<ServerOptions, 'port'>;
      logFile: string;
      ports: number[];
      troubles: Troubles;
    }
  | { type: 'trouble'; troubles: Troubles }
  | { type: 'close'; sessionIds: string[]; code: number; reason: string }
  | { type: 'barrier' }
  | { type: 'stop'; drainMs: number };

export type FromServer =
  | { type: 'ready' }
  | { type: 'listening'; url: string; port: number }
  | { type: 'failed'; message: string }
  | { type: 'barrier' };

export interface ServerHandleOptions {
  settings: ServerSettings;
  logFile: string;
  seed: number;
  /** Key of the reconnect tokens: servers that sessions move between share it. Default: one of its own. */
  secret?: string;
  /** Which of several it is, from 1. */
  node?: number;
  /** The server process ended, or could not write its log, and nobody asked for it. */
  onFailure(error: Error): void;
}

export const makeSecret = (): string => randomBytes(32).toString('base64url');

const ENTRY = fileURLToPath(new URL('./server-process.js', import.meta.url));
const HOST = '127.0.0.1';
const CANDIDATE_PORTS = 20;
/** A server that works has answered by then, and has ended by then when it is told to. */
const DEADLINE_MS = 30_000;
const NO_ANSWER = 'the server does not answer';

/** A process that takes over at the next start. */
interface Standby {
  child: ChildProcess;
  /** Its first word: `ready`, or that it is dead. */
  firstWord: Promise<FromServer>;
}

/** The reference server in a process of its own, so that it can really be killed. */
export class ServerHandle implements ServerControl, ServerNode {
  readonly goodbyeCode = SERVICE_RESTART;
  readonly nodes = [this];
  readonly #options: ServerHandleOptions;
  readonly #secret: string;
  #child: ChildProcess | null = null;
  /** Booted or booting, but not listening yet. */
  #standby: Standby | null = null;
  #down = true;
  /** Stopped, and not told to start since. */
  #isHeldDown = false;
  #ports = candidatePorts();
  #expectExit = false;
  /** Nothing is to be started any more. */
  #over = false;
  /** Also of the next process. */
  #troubles: Troubles = { rejects: null, stalls: false, closes: null };
  /** Stops and starts, one after the other. */
  #queue: Promise<void> = Promise.resolve();
  #url = '';

  constructor(options: ServerHandleOptions) {
    this.#options = options;
    this.#secret = options.secret ?? makeSecret();
    this.#standby = this.#fork();
  }

  /** Resolves once the server listens. */
  async listening(): Promise<{ shown: string; url: URL }> {
    await this.#listen();
    return { shown: this.#url, url: new URL(this.#url) };
  }

  get down(): boolean {
    return this.#down;
  }

  stop(how: 'graceful' | 'crash', drainMs = 0): void {
    this.#isHeldDown = true;
    // Queued as well, restarts that come faster than a server boots would outlast them all.
    if (this.#down) return;
    this.#down = true;
    // Else it would not hear of it.
    this.freeze(false);
    this.#enqueue(async () => {
      const child = this.#child;
      if (child === null) return;
      this.#standby ??= this.#fork();
      await this.#end(child, how, drainMs);
    });
  }

  start(isDone?: () => void): void {
    this.#isHeldDown = false;
    this.#enqueue(() => this.#listen(Date.now()));
    void this.#queue.then(isDone);
  }

  rejectHandshakes(rejects: RejectRule | null): void {
    this.#trouble({ rejects });
  }

  stallHandshakes(stalls: boolean): void {
    this.#trouble({ stalls });
  }

  closeOnOpen(closes: CloseRule | null): void {
    this.#trouble({ closes });
  }

  freeze(on: boolean): void {
    this.#child?.kill(on ? 'SIGSTOP' : 'SIGCONT');
  }

  closeSessions(sessionIds: string[], code: number, reason: string): void {
    this.#tell({ type: 'close', sessionIds, code, reason });
  }

  /** Resolves once it has done all it was told so far, closing handshakes included. It ends nobody by itself then. */
  caughtUp(): Promise<void> {
    this.#enqueue(async () => {
      if (this.#child) await this.#barrier(this.#child);
    });
    return this.#queue;
  }

  /** Ends the server for good, gracefully. */
  async close(): Promise<void> {
    this.#enqueue(async () => {
      slay(this.#standby?.child);
      if (this.#child) await this.#end(this.#child, 'graceful');
    });
    await this.#queue;
  }

  /** Kills whatever is left, at once. */
  kill(): void {
    this.#over = true;
    this.#expectExit = true;
    slay(this.#standby?.child);
    slay(this.#child);
  }

  #enqueue(step: () => Promise<void>): void {
    this.#queue = this.#queue
      .then(() => (this.#over ? undefined : step()))
      .catch((error: Error) => this.#options.onFailure(error));
  }

  /** @param toldAt when it was told to start again */
  async #listen(toldAt?: number): Promise<void> {
    if (this.#child !== null) return;
    const child = await this.#booted();
    // A restart that came while it booted is part of the one under way, and may end later.
    if (this.#isHeldDown) return;
    this.#down = false;
    this.#expectExit = false;
    const { settings, logFile, seed, node } = this.#options;
    const options = { host: HOST, settings, seed, secret: this.#secret, node, toldAt };
    const [troubles, ports] = [this.#troubles, this.#ports];
    const listen: ToServer = { type: 'listen', options, logFile, ports, troubles };
    const answer = await this.#ask(child, listen);
    if (answer.type !== 'listening') throw cantStart(child, answer);
    this.#standby = null;
    this.#child = child;
    // What changed while it was starting.
    if (troubles !== this.#troubles) this.#trouble({});
    this.#url = answer.url;
    // It comes back where it was.
    this.#ports = [answer.port];
    child.once('exit', (code, signal) => {
      if (this.#child === child) this.#child = null;
      if (!this.#expectExit) {
        this.#options.onFailure(new Error(`the server process ended: ${signal ?? `exit ${code}`}`));
      }
    });
    child.on('message', (message: FromServer) => {
      if (message.type === 'failed') {
        this.#options.onFailure(new Error(`the server can't write its log: ${message.message}`));
      }
    });
  }

  /** A process that waits to be told to listen. It stays the standby, for `kill` to find, until it does. */
  async #booted(): Promise<ChildProcess> {
    // One may have died meanwhile.
    let standby = this.#standby?.child.connected ? this.#standby : this.#fork();
    this.#standby = standby;
    let word = await inTime(standby.firstWord, NO_ANSWER);
    const { signalCode } = standby.child;
    if (signalCode === 'SIGINT' || signalCode === 'SIGTERM') {
      // Meant for the whole process group, as Ctrl-C is: it was not ready to leave that to the parent.
      standby = this.#fork();
      this.#standby = standby;
      word = await inTime(standby.firstWord, NO_ANSWER);
    }
    if (word.type !== 'ready') throw cantStart(standby.child, word);
    return standby.child;
  }

  async #end(child: ChildProcess, how: 'graceful' | 'crash', drainMs = 0): Promise<void> {
    this.#expectExit = true;
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    if (how === 'graceful') {
      send(child, { type: 'stop', drainMs });
    } else {
      await this.#barrier(child);
      slay(child);
    }
    await inTime(exited, "the server's process does not end", DEADLINE_MS + drainMs);
    this.#child = null;
  }

  /**
   * Lets the server log what reached it before the kill was decided, so that its log can be held
   * against the clients': a close that is missing then was lost, and not just late.
   */
  async #barrier(child: ChildProcess): Promise<void> {
    await this.#ask(child, { type: 'barrier' });
  }

  #ask(child: ChildProcess, message: ToServer): Promise<FromServer> {
    send(child, message);
    return inTime(nextWord(child), NO_ANSWER);
  }

  #fork(): Standby {
    const child = fork(ENTRY, [], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      serialization: 'advanced',
    });
    child.on('error', () => {});
    return { child, firstWord: nextWord(child) };
  }

  #trouble(changed: Partial<Troubles>): void {
    this.#troubles = { ...this.#troubles, ...changed };
    this.#tell({ type: 'trouble', troubles: this.#troubles });
  }

  #tell(message: ToServer): void {
    if (this.#child) send(this.#child, message);
  }
}

/** What a process says next; that it says nothing, for it is dead, is an answer too. */
function nextWord(child: ChildProcess): Promise<FromServer> {
  const end = endOf(child);
  if (end !== null) return Promise.resolve({ type: 'failed', message: end });
  return new Promise((resolve) => {
    const done = (word: FromServer) => {
      child.off('exit', died);
      child.off('message', done);
      resolve(word);
    };
    const died = () => done({ type: 'failed', message: `${endOf(child)}` });
    child.once('exit', died);
    child.once('message', done);
  });
}

function cantStart(child: ChildProcess, answer: FromServer): Error {
  slay(child);
  const message = answer.type === 'failed' ? answer.message : `unexpected answer ${answer.type}`;
  return new Error(`the server can't start: ${message}`);
}

/** How a process ended, or that it never began; null while it lives. */
function endOf({ pid, exitCode, signalCode }: ChildProcess): string | null {
  if (pid === undefined) {
    return 'the system gives it no process: are there too many, or too little memory?';
  }
  if (exitCode === null && signalCode === null) return null;
  return `it ended with ${signalCode ?? `exit ${exitCode}`}`;
}

/** Kills at once; but not who never began, whose PID of 0 is that of this whole process group. */
function slay(child: ChildProcess | null | undefined): void {
  if (child?.pid !== undefined) child.kill('SIGKILL');
}

/** @throws where it takes too long. */
async function inTime<T>(
  result: Promise<T>,
  message: string,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(message)), deadlineMs);
  });
  return Promise.race([result, deadline]).finally(() => clearTimeout(timer));
}

function send(child: ChildProcess, message: ToServer): void {
  // A child that just died shows in its exit.
  if (child.connected) child.send(message, () => {});
}

/**
 * Ports outside the range that the system gives to outgoing connections: while the server is down,
 * a client's own port could else become the server's, or a dial could connect to itself.
 */
function candidatePorts(): number[] {
  const low = 10_240;
  const high = Math.max(low + 1000, Math.min(lowestEphemeralPort(), 32_768));
  return Array.from({ length: CANDIDATE_PORTS }, () => randomInt(low, high));
}

function lowestEphemeralPort(): number {
  try {
    const range = fs.readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    return Number.parseInt(range, 10) || 32_768;
  } catch {
    return 32_768;
  }
}
