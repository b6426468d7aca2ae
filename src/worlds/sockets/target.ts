import fs from 'node:fs';
import type { WriteLog } from '../../core/records.ts';
import type { CloseRule, RejectRule, ServerNode } from '../../core/world.ts';
import { type RunningProxy, startProxy } from '../../proxy/index.ts';
import { type DialledServer, hostOf, portOf } from '../../real/dialled-server.ts';
import type { Lacking } from '../world.ts';
import { findListener } from './find-listener.ts';
import { LogCopy } from './log-copy.ts';
import { type Ended, Service } from './service.ts';
import type { Listening, StormedServer } from './stormed-server.ts';

export interface TargetOptions {
  url: URL;
  /** Its address as the logs are to tell it: without what may be secret. */
  shown: string;
  server: DialledServer;
  /** What starts it; without it, it runs already. */
  start?: {
    command: string;
    cwd?: string | undefined;
    env: NodeJS.ProcessEnv;
    ready?: string | undefined;
    withinMs: number;
  };
  /** Its own log: a file, or what the service prints. */
  log?: { file: string } | 'stdout' | 'stderr';
  /** Upgrade requests are to be refused, or left without an answer: a proxy stands in front, which does that. */
  isProxied: boolean;
  seed: number;
  /** Where its log's lines of this run are copied to. */
  copy: string;
  /** Told when what `start` starts begins, is killed, and is gone. */
  faultLog: WriteLog<'faults'>;
  /** It was asked to end, and ended in another way. */
  onOddEnd(what: string): void;
  onFailure(error: Error): void;
}

/** How a service ends that was asked to with SIGTERM, and did. */
const ASKED_ENDS = new Set(['exit 0', 'SIGTERM', 'exit 143']);
const LINE_FEED = 0x0a;

/** What nobody can do to a server of another's making from outside. */
export const lackingOf = ({ start }: Pick<TargetOptions, 'start'>): Lacking => ({
  ...(!start && {
    restart_server: 'wsdiag has not started: say how, in target.start',
    freeze_server: 'wsdiag has not started: say how, in target.start',
  }),
});

/** A server of the user's own: stormed as it is, started and stopped by its command where there is one. */
export class Target implements StormedServer, ServerNode {
  /** How it says goodbye is its own business. */
  readonly goodbyeCode = null;
  readonly nodes = [this];
  readonly #options: TargetOptions;
  readonly #service: Service | null;
  /** null without a log, and once that is copied. */
  #copy: number | null;
  #follower: LogCopy | null = null;
  #proxy: RunningProxy | null = null;
  #rejects: RejectRule | null = null;
  #stalls = false;
  #closes: CloseRule | null = null;
  #down = false;
  /** Stops and starts, one after the other. */
  #queue: Promise<void> = Promise.resolve();
  #isOver = false;
  /** Of its log's copy: lines that have ended, and whether another has begun. */
  #lines = 0;
  #isInLine = false;

  constructor(options: TargetOptions) {
    this.#options = options;
    const { url, start, log, copy, onFailure } = options;
    this.#copy = log === undefined ? null : fs.openSync(copy, 'a');
    this.#service = start
      ? new Service({
          ...start,
          host: hostOf(url),
          port: portOf(url),
          said: (from, bytes) => {
            if (log === from) this.#append(bytes);
          },
          onFailure,
        })
      : null;
  }

  get down(): boolean {
    return this.#down;
  }

  async listening(): Promise<Listening> {
    const { url, shown, server, log, isProxied, onFailure } = this.#options;
    if (typeof log === 'object') {
      this.#follower = new LogCopy(log.file, (bytes) => this.#append(bytes), onFailure);
    }
    await this.#start();
    const host = await findListener(hostOf(url), portOf(url));
    const secure = url.protocol === 'wss:';
    const at = isProxied ? await this.#putProxy() : { host, port: portOf(url), secure };
    return { url, shown, server: { ...server, at } };
  }

  stop(how: 'graceful' | 'crash'): void {
    if (this.#down) return;
    this.#down = true;
    this.#enqueue(async () => this.#ended(how, await this.#stop(how)));
  }

  start(isDone: () => void): void {
    if (this.#down) this.#enqueue(() => this.#start());
    this.#down = false;
    void this.#queue.then(isDone);
  }

  freeze(on: boolean): void {
    this.#service?.freeze(on);
  }

  closeOnOpen(rule: CloseRule | null): void {
    this.#closes = rule;
    this.#tellProxy();
  }

  rejectHandshakes(rule: RejectRule | null): void {
    this.#rejects = rule;
    this.#tellProxy();
  }

  stallHandshakes(on: boolean): void {
    this.#stalls = on;
    this.#tellProxy();
  }

  closeSessions(): void {}

  caughtUp(): Promise<void> {
    return this.#queue;
  }

  async close(): Promise<void> {
    this.#enqueue(async () => {
      const ended = await this.#stop('graceful');
      await this.#proxy?.stop();
      await this.#follower?.finish();
      this.#follower = null;
      this.#ended('graceful', ended);
    });
    await this.#queue;
    this.#endCopy();
  }

  kill(): void {
    this.#isOver = true;
    this.#service?.kill();
    void this.#proxy?.stop();
    this.#follower?.close();
    this.#endCopy();
  }

  async #start(): Promise<void> {
    if (this.#service === null) return;
    await this.#service.start();
    this.#options.faultLog('target_started', {});
  }

  async #stop(how: 'graceful' | 'crash'): Promise<Ended | null> {
    if (this.#service === null) return null;
    return this.#service.stop(how, () => this.#options.faultLog('target_killed', {}));
  }

  /** All that its processes wrote is in the copy, and what the next one writes begins a line. */
  #ended(how: 'graceful' | 'crash', ended: Ended | null): void {
    if (ended === null) return;
    this.#follower?.catchUp();
    if (this.#isInLine) this.#append(Buffer.of(LINE_FEED));
    const log_lines = this.#copy === null ? null : this.#lines;
    this.#options.faultLog('target_ended', { ...ended, log_lines });
    if (how === 'crash' || (!ended.killed && ASKED_ENDS.has(ended.exit))) return;
    const what = ended.killed
      ? 'did not end in time after SIGTERM, and was killed'
      : `ended with ${ended.exit} after SIGTERM`;
    const problem = this.#service?.problem(what);
    if (problem) this.#options.onOddEnd(problem.message);
  }

  async #putProxy() {
    const { url, server, seed } = this.#options;
    const upstream = `${url.protocol}//${url.host}`;
    const proxy = await startProxy({ upstream, seed, ca: server.ca });
    this.#proxy = proxy;
    return { host: '127.0.0.1', port: proxy.port, secure: false };
  }

  /** It knows how to take back everything alone. */
  #tellProxy(): void {
    const [proxy, rejects, closes] = [this.#proxy, this.#rejects, this.#closes];
    if (proxy === null) return;
    void proxy.heal();
    if (this.#stalls) void proxy.stall();
    if (closes) void proxy.close({ ...closes, lasting: 'later' });
    if (rejects === null) return;
    const { status, retryAfterSeconds, share } = rejects;
    void proxy.refuse({
      status,
      share,
      ...(retryAfterSeconds && { retryAfter: retryAfterSeconds }),
    });
  }

  #endCopy(): void {
    this.#follower = null;
    if (this.#copy !== null) fs.closeSync(this.#copy);
    this.#copy = null;
  }

  #enqueue(step: () => Promise<void> | undefined): void {
    this.#queue = this.#queue
      .then(() => (this.#isOver ? undefined : step()))
      .catch((error: Error) => this.#options.onFailure(error));
  }

  #append(bytes: Buffer): void {
    if (this.#copy === null) return;
    fs.writeSync(this.#copy, bytes);
    for (const byte of bytes) if (byte === LINE_FEED) this.#lines += 1;
    this.#isInLine = bytes.at(-1) !== LINE_FEED;
  }
}
