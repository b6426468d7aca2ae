import type { ClientSettings, ServerSettings } from '../../../src/core/settings.ts';
import type { ReferenceServer } from '../../../src/real/server.ts';
import { check } from './check.ts';
import { inTime } from './drivers/remote.ts';
import type { PageKind, Player, PlayerTab } from './player.ts';
import { FaultyProxy } from './proxy.ts';
import { type LogLine, type Seen, seenInLog } from './seen.ts';
import { ServeProcess, startServer } from './server.ts';

const WAIT_MS = 20_000;
/** The story goes on once nothing was seen for this long. */
const QUIET_MS = 400;
const LOOPBACK = '127.0.0.1';

/** No heartbeat of the client's unless a row wants one: pages can't see pings. */
const CLIENT: Partial<ClientSettings> = {
  backoff: { policy: 'fixed', baseMs: 1000, maxMs: 1000 },
  heartbeatTimeoutMs: null,
};

export interface StageOptions {
  row: string;
  kind?: PageKind;
  client?: Partial<ClientSettings>;
  ignoresLastSeen?: boolean;
  server?: Partial<ServerSettings>;
  /** Whether the server is `wsdiag serve` in a process of its own. */
  serve?: boolean;
}

/** Stages so far. */
let stages = 0;

/**
 * Firefox connects to one address after the other's dial is over, whatever the port, and so would have the rows wait
 * for each other.
 */
function ownAddress(): string {
  stages += 1;
  return `127.0.${1 + (stages >> 7)}.${1 + (stages & 127)}`;
}

/** A server, a proxy, and a player's tab that is connected through it; and what both sides see. */
export class Stage {
  readonly player: Player;
  readonly seen: Seen[] = [];
  readonly proxy: FaultyProxy;
  tab!: PlayerTab;
  /** Other tabs that are to be closed with it. */
  readonly copies: PlayerTab[] = [];
  /** Stages of the same row, each with a tab of the same browser. */
  readonly others: Stage[] = [];
  /** When the row looks first: what was seen before only led there. */
  markedAt = 0;
  readonly #server: ReferenceServer | null;
  readonly #serve: ServeProcess | null;
  readonly #serverLog: LogLine[];
  #waiting: { holds(): boolean; done(): void }[] = [];
  #lastAt = Date.now();

  static async open(player: Player, options: StageOptions): Promise<Stage> {
    let stage: Stage | null = null;
    const serverLog: LogLine[] = [];
    const told = (line: LogLine) => {
      serverLog.push(line);
      const seen = seenInLog('server', line);
      if (seen) stage?.see(seen);
    };
    const host = player.serverHost ?? ownAddress();
    const serve = options.serve ? new ServeProcess(told) : null;
    await serve?.start();
    const inProcess =
      serve === null
        ? await startServer(told, {
            host,
            origin: player.origin,
            settings: options.server ?? {},
          })
        : null;
    const target = { host: inProcess ? host : LOOPBACK, port: (inProcess ?? serve)?.port ?? 0 };
    const proxy = await FaultyProxy.start(target, host);
    stage = new Stage(player, proxy, inProcess?.server ?? null, serve, serverLog);
    try {
      stage.tab = await player.open(
        options.kind ?? 'page',
        {
          row: `${player.name} ${options.row}`,
          url: `ws://${host}:${proxy.port}/`,
          client: { ...CLIENT, ...options.client },
          ignoresLastSeen: options.ignoresLastSeen,
        },
        (seen) => stage?.see(seen),
      );
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  private constructor(
    player: Player,
    proxy: FaultyProxy,
    server: ReferenceServer | null,
    serve: ServeProcess | null,
    serverLog: LogLine[],
  ) {
    this.player = player;
    this.proxy = proxy;
    this.#server = server;
    this.#serve = serve;
    this.#serverLog = serverLog;
  }

  get server(): ReferenceServer {
    if (this.#server === null) throw new Error('the server of this row is a process');
    return this.#server;
  }

  get serve(): ServeProcess {
    if (this.#serve === null) throw new Error('the server of this row is no process');
    return this.#serve;
  }

  /** From here on the row looks. */
  mark(): void {
    this.markedAt = this.seen.length;
  }

  count(side: Seen['side'], event: string): number {
    return this.seen.filter((seen) => seen.side === side && seen.event === event).length;
  }

  /** Resolves once the pages have been welcomed that often since the beginning. */
  opened(times: number, ms = WAIT_MS): Promise<void> {
    return this.until(
      `${times} connections`,
      () => this.count('client', 'connection_opened') >= times,
      ms,
    );
  }

  /** Resolves once the server has logged that many closes since the beginning. */
  closed(times: number, ms = WAIT_MS): Promise<void> {
    return this.until(
      `${times} closes at the server`,
      () => this.count('server', 'connection_closed') >= times,
      ms,
    );
  }

  until(what: string, holds: () => boolean, ms = WAIT_MS): Promise<void> {
    if (holds()) return Promise.resolve();
    const met = new Promise<void>((done) => this.#waiting.push({ holds, done }));
    return inTime(met, `no ${what}`, ms).catch((error: Error) => {
      const seen = this.seen.map(({ side, text }) => `${side} ${text}`).join(', ');
      throw new Error(`${error.message}; seen: ${seen}`);
    });
  }

  /** Resolves once nothing has been seen for a while. */
  async quiet(): Promise<void> {
    const since = Date.now();
    for (;;) {
      const leftMs = Math.max(since, this.#lastAt) + QUIET_MS - Date.now();
      if (leftMs <= 0) return;
      await pause(leftMs);
    }
  }

  /** The pages go, and `wsdiag check` judges both logs. */
  async check(): Promise<string> {
    for (const tab of [...this.copies, this.tab]) await tab.navigate('blank');
    await this.closed(this.count('server', 'connection_opened'));
    await this.quiet();
    await this.#server?.stop();
    const client = this.seen
      .flatMap(({ side, line }) => (side === 'client' && line) || [])
      .sort((a, b) => Date.parse(a.time) - Date.parse(b.time));
    return check(client, this.#serverLog);
  }

  async close(): Promise<void> {
    for (const tab of [...this.copies, this.tab]) await tab?.close().catch(() => {});
    this.proxy.stop();
    await this.#server?.stop();
    await this.#serve?.end('SIGKILL');
    for (const other of this.others) await other.close();
  }

  see(seen: Seen): void {
    this.seen.push(seen);
    this.#lastAt = Date.now();
    const met = this.#waiting.filter(({ holds }) => holds());
    this.#waiting = this.#waiting.filter((waiter) => !met.includes(waiter));
    for (const { done } of met) done();
  }
}

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));
