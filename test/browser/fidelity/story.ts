import type { Look } from './outcome.ts';
import { band, numberADial } from './outcome.ts';
import type { Player } from './player.ts';
import { pause, type Stage, type StageOptions } from './stage.ts';

/** One row of the table: what happens, and what is looked at. */
export interface StoryRow {
  /** What happens; also the first column. */
  name: string;
  on?: Omit<StageOptions, 'row'>;
  /**
   * `along`: it mostly waits, so it is played beside the others. `last`: it takes other tabs of the
   * browser with it, or the browser itself. `link`: it takes a network of the browser's own.
   */
  when?: 'along' | 'last' | 'link';
  /** Played only where WSDIAG_LONG is set. */
  long?: boolean;
  /** The stage has a tab that is connected with its first number. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most rows have nothing to add.
  play(stage: Stage, player: Player): Promise<Look | void>;
  /** Why they differ, or what to know; the last column. */
  why: string;
}

const RELOADS_CLOSE = '1001 peer or 1006 superseded';
/** A page that reloads says 1001, unless its successor is heard of first. */
const EITHER = { '1001 peer': RELOADS_CLOSE, '1006 superseded "superseded"': RELOADS_CLOSE };

export const STORY: StoryRow[] = [
  {
    name: 'FIN',
    async play(stage) {
      stage.proxy.fin();
      await stage.opened(2);
    },
    why: '',
  },
  {
    name: 'RST',
    async play(stage) {
      stage.proxy.rst();
      await stage.opened(2);
    },
    why: 'Firefox says `error` before `close` where a connection breaks with an error of the system',
  },
  {
    name: 'silent cut',
    when: 'along',
    async play(stage) {
      stage.proxy.silence();
      await stage.closed(1);
    },
    why: 'Without a heartbeat of its own a page never learns of it',
  },
  {
    name: 'idle 15 s, a client heartbeat of 6 s, server pings',
    when: 'along',
    on: {
      client: {
        heartbeatTimeoutMs: 6_000,
        backoff: { policy: 'fixed', baseMs: 200, maxMs: 200 },
      },
    },
    async play() {
      await pause(15_000);
    },
    why: 'A page cannot see pings, so a heartbeat of its own needs messages of the server. The headless client sees pings',
  },
  {
    name: 'reload ×3',
    async play(stage) {
      for (let times = 1; times <= 3; times++) {
        await stage.tab.reload();
        await stage.opened(1 + times);
        await stage.closed(times);
      }
      return { either: EITHER, end: numberADial(stage.seen) };
    },
    why: 'What a page sees of its own going is in the row "page to page". The next page may be heard of before the 1001',
  },
  {
    name: 'F5 ×5 in 500 ms',
    async play(stage) {
      await stage.tab.hitReload(5, 100);
      await pause(500);
      await stage.until('the last page to be connected', () => {
        const [loaded] = documentsOf(stage, 'loaded').slice(-1);
        return documentsOf(stage, 'connection_opened').includes(loaded);
      });
      return {
        page: 'pages that go, and the last stays',
        server: '1001, 1006 or no hello of those that got through',
        end: numberADial(stage.seen),
      };
    },
    why: 'How many of the dials get through is a matter of milliseconds in each',
  },
  {
    name: 'SIGTERM of the server, and back',
    on: { serve: true },
    async play(stage) {
      await stage.serve.end('SIGTERM');
      await stage.closed(1);
      await stage.serve.start();
      await stage.opened(2);
      await stage.quiet();
      return { end: numberADial(stage.seen) };
    },
    why: 'The headless client answers a close frame with its code alone, browsers with its reason too',
  },
  {
    name: 'server killed, and back',
    on: { serve: true },
    async play(stage) {
      await stage.serve.end('SIGKILL');
      await stage.serve.start();
      await stage.opened(2);
      await stage.quiet();
      return { end: numberADial(stage.seen) };
    },
    why: 'A server that was killed logs no close',
  },
  {
    name: '`close(4001, "bye")`',
    async play(stage) {
      await stage.tab.closeSocket(4001, 'bye');
      await stage.opened(2);
    },
    why: '',
  },
  {
    name: '`close(1001, "")`',
    async play(stage) {
      await stage.tab.closeSocket(1001, '');
      await pause(2_000);
      return { closes: true };
    },
    why: 'A page may send only 1000 and 3000 to 4999; the headless client allows what its caller asks for',
  },
  {
    name: '503 with Retry-After 8',
    async play(stage) {
      stage.server.rejectHandshakes({ status: 503, retryAfterSeconds: 8, share: 1 });
      stage.proxy.fin();
      await stage.until('a refusal', () => stage.count('server', 'handshake_rejected') === 1);
      stage.server.rejectHandshakes(null);
      const refusedAt = Date.now();
      await stage.opened(2);
      const seconds = (Date.now() - refusedAt) / 1000;
      const waits = seconds < 8 ? 'does not wait the 8 s' : 'waits the 8 s';
      return { failures: true, measured: waits };
    },
    why: 'A page is told neither status nor Retry-After, only that there was an `error`; the headless client reads both',
  },
  {
    name: '`window.open` of the page',
    async play(stage) {
      stage.copies.push(await stage.tab.openCopy());
      await stage.opened(2);
    },
    why: '',
  },
  {
    name: 'Duplicate Tab',
    async play(stage) {
      stage.copies.push(await stage.tab.duplicate());
      await stage.opened(2);
    },
    why: 'A browser makes the copy out of a history entry, and calls that `back_forward`',
  },
  {
    name: 'tab closed',
    async play(stage) {
      await stage.tab.close();
      await stage.closed(1);
      return { breathless: true };
    },
    why: '',
  },
  {
    name: 'tab closed and reopened',
    async play(stage, player) {
      await stage.tab.close();
      await stage.closed(1);
      stage.tab = await player.reopenClosed();
      await stage.opened(2);
      return { breathless: true };
    },
    why: 'The headless client removes the storage of a closed tab. Made out of a history entry, so `back_forward`',
  },
  {
    name: 'away 5 s and back',
    async play(stage) {
      await stage.tab.navigate('blank');
      await pause(5_000);
      const openMeanwhile = stage.count('server', 'connection_closed') === 0;
      await stage.tab.back();
      await stage.opened(2);
      return { measured: `server's connection ${openMeanwhile ? 'stays open' : 'ends at once'}` };
    },
    why: 'Chromium keeps the page with its socket, answers pings for it, and cuts the socket on return. Firefox caches no page that has a WebSocket',
  },
  {
    name: 'page to page ×8',
    async play(stage) {
      for (let page = 1; page <= 8; page++) {
        await stage.tab.navigate('page');
        await stage.opened(1 + page);
        await stage.closed(page);
      }
      await stage.quiet();
      const told = stage.seen.filter(({ side, text }) => side === 'page' && text === '1001').length;
      return { measured: `pages that go see 1001 ${told > 4 ? 'most times' : 'never'}` };
    },
    why: "Chromium caches the pages, and their sockets end when the successor is heard of. Firefox closes a page's sockets before `pagehide`",
  },
  {
    name: 'link down for 2 s',
    when: 'link',
    on: {
      server: { heartbeatIntervalMs: 1_000, heartbeatTimeoutMs: 12_000 },
      // What could not be sent is to get there before the next hello.
      client: { backoff: { policy: 'fixed', baseMs: 3000, maxMs: 3000 } },
    },
    async play(stage) {
      await stage.tab.setLink(false);
      await pause(2_000);
      await stage.tab.setLink(true);
      await stage.opened(2);
      await stage.closed(1);
    },
    why: 'The page is told, and closes its socket: the close frame gets out once the link is back. The headless client lets no frame out any more. Here the server gives up after 12 s only',
  },
  {
    name: 'link down until the server has given up',
    when: 'link',
    on: { server: { heartbeatIntervalMs: 1_000, heartbeatTimeoutMs: 2_000 } },
    async play(stage) {
      await stage.tab.setLink(false);
      await stage.closed(1);
      await pause(2_000);
      await stage.tab.setLink(true);
      await stage.opened(2);
    },
    why: 'Firefox lets go of a socket of which it was told to close it when the link goes, Chromium when the link is back; the headless client at once. Here the server gives up after 2 s',
  },
  {
    name: 'offline emulated for 2 s',
    async play(stage) {
      await stage.tab.setOffline(true);
      await pause(2_000);
      await stage.tab.setOffline(false);
      await stage.opened(2);
    },
    why: 'The page closes its socket itself; the frame gets out, for only new requests fail. The headless client takes the network away, as a link that is down does',
  },
  {
    name: 'two iframes, three drops',
    on: { kind: 'frames' },
    async play(stage) {
      await stage.opened(2);
      for (let drop = 1; drop <= 3; drop++) {
        stage.proxy.fin();
        await stage.closed(2 * drop);
        await stage.opened(2 + 2 * drop);
        await stage.quiet();
      }
      const most = Math.max(...stage.seen.map(({ sequence = 0 }) => sequence));
      return {
        // A frame may be dialling when the next drop comes.
        either: { 'rejected hello-missing': '' },
        end: `${band(sessions(stage), [3, 5, 9])} sessions, numbers ${band(most, [4])}`,
      };
    },
    why: 'Each frame is a document of its own over one storage, and all want the session in it: who gets it is a matter of milliseconds',
  },
  {
    name: 'storage blocked, then a reload',
    on: { kind: 'blocked' },
    async play(stage) {
      await stage.tab.reload();
      await stage.opened(2);
      await stage.closed(1);
    },
    why: 'Storage and Web Locks both throw; the session lives in memory, and a reload is a new one',
  },
  {
    name: 'discarded, and looked at again',
    async play(stage) {
      await stage.tab.hide();
      await stage.tab.discard();
      await stage.closed(1);
      await stage.quiet();
      await stage.tab.activate();
      await stage.opened(2);
      return { breathless: true };
    },
    why: 'Chromium sets `wasDiscarded`; Firefox has no such property. Made out of a history entry, so `back_forward`',
  },
  {
    name: 'hidden',
    async play(stage) {
      await stage.tab.hide();
      await pause(1_000);
      await stage.tab.timer();
      const ms = await stage.tab.timer();
      return { measured: `a timer of 10 ms takes ${band(ms / 1000, [0.3, 3, 30])} s` };
    },
    why: 'Timers of hidden pages fire once a second',
  },
  {
    name: 'outage of 40 s, wait fixed 250 ms',
    when: 'along',
    on: { client: { backoff: { policy: 'fixed', baseMs: 250, maxMs: 250 } } },
    play: (stage) => outage(stage, 40_000, 30),
    why: 'Browsers hold dials back after failures, each in its own way. Firefox may wait half as long again as the outage has lasted',
  },
  {
    name: 'outage of 120 s, default backoff',
    when: 'along',
    long: true,
    on: { client: { backoff: { policy: 'full-jitter', baseMs: 250, maxMs: 10_000 } } },
    play: (stage) => outage(stage, 120_000, 70),
    why: 'As above',
  },
  {
    name: 'tab crashes, and is reloaded',
    when: 'last',
    async play(stage) {
      await stage.tab.crash();
      await stage.closed(1);
      await stage.quiet();
      await stage.tab.reloadCrashed();
      await stage.opened(2);
    },
    why: 'Firefox makes the tab again out of its history entry, Chromium reloads it',
  },
  {
    name: 'browser killed, session restored',
    when: 'last',
    async play(stage, player) {
      await player.saveSession();
      stage.mark();
      // Before the browser writes its storage down again: Chromium does after 5 s.
      for (const number of [2, 3]) {
        await stage.tab.reload();
        await stage.opened(number);
      }
      await player.kill();
      const [tab] = await player.restore();
      if (tab) stage.tab = tab;
      await stage.opened(4);
      await stage.quiet();
      await stage.tab.reload();
      await stage.opened(5);
      return { either: EITHER };
    },
    why: "The storage that comes back is from before the reloads: #2 is dialled again, and the welcome moves it ahead. The system ends Firefox's sockets; Chromium's network process outlives the browser long enough to say 1001",
  },
];

const documentsOf = (stage: Stage, event: string): (string | undefined)[] =>
  stage.seen.flatMap((seen) =>
    seen.side === 'page' && seen.event === event ? [seen.document] : [],
  );

const sessions = (stage: Stage): number =>
  new Set(stage.seen.flatMap(({ side, session }) => (side === 'server' && session) || [])).size;

/** Nobody gets through for a while, and each dial is reset. */
async function outage(stage: Stage, ms: number, withinSeconds: number): Promise<Look> {
  stage.proxy.newConnections = 'reset';
  stage.proxy.rst();
  const before = stage.proxy.dials;
  await pause(ms);
  const dials = stage.proxy.dials - before;
  stage.proxy.newConnections = 'pass';
  const healedAt = Date.now();
  await stage.opened(2, 120_000);
  const seconds = (Date.now() - healedAt) / 1000;
  return {
    end: numberADial(stage.seen),
    measured: `${band(dials, [5, 20, 80])} dials, back ${seconds < withinSeconds ? 'within' : 'later than'} ${withinSeconds} s`,
  };
}
