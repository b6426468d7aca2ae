import type { Look } from './outcome.ts';
import { band, mean, meanWait, numberADial, numbers } from './outcome.ts';
import type { Player } from './player.ts';
import { pause, type Stage, type StageOptions } from './stage.ts';

/** One row of the table: what happens, and what is looked at. */
export interface StoryRow {
  /** What happens; also the first column. */
  name: string;
  on?: Omit<StageOptions, 'row'>;
  /**
   * `along`: it mostly waits, so it is played beside the others. `last`: it takes other tabs of the
   * browser with it, or the browser itself, so that is one of its own. `link`: it takes a network of the browser's own.
   */
  when?: 'along' | 'last' | 'link';
  /** How many tabs of the browser play it at once. */
  tabs?: number;
  /** Whether `wsdiag check` judges both logs in the end. */
  check?: boolean;
  /** The stage has a tab that is connected with its first number. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most rows have nothing to add.
  play(stage: Stage, player: Player): Promise<Look | void>;
  /** Why the browsers differ, or what to know. */
  why?: string;
}

const RELOADS_CLOSE = '1001 peer or 1006 superseded';
/** A page that reloads says 1001, unless its successor is heard of first. */
const EITHER = { '1001 peer': RELOADS_CLOSE, '1006 superseded "superseded"': RELOADS_CLOSE };

/** In the cache a page may hear of its close or not. */
const CACHED = '1000 "bfcache"';

/** So many that the means of two players differ by chance by less than a fifth. */
const OUTAGE_TABS = 12;

export const STORY: StoryRow[] = [
  {
    name: 'FIN',
    async play(stage) {
      stage.proxy.fin();
      await stage.opened(2);
    },
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
    why: 'A page cannot see pings: a heartbeat of its own needs messages of the server (`serve --ping-message`)',
  },
  {
    name: 'reload ×3',
    check: true,
    async play(stage) {
      for (let times = 1; times <= 3; times++) {
        await stage.tab.reload();
        await stage.opened(1 + times);
        await stage.closed(times);
      }
      return { either: EITHER, end: numberADial(stage.seen) };
    },
    why: 'The next page may be heard of before the 1001',
  },
  {
    name: 'ten reloads, ten drops',
    // The shortest wait: in Firefox a page is not to dial once more between its 1001 and `pagehide`.
    on: { client: { backoff: { policy: 'fixed', baseMs: 20, maxMs: 20 } } },
    check: true,
    async play(stage) {
      for (let reload = 1; reload <= 10; reload++) {
        await stage.tab.reload();
        await stage.opened(1 + reload);
        await stage.closed(reload);
      }
      for (let drop = 1; drop <= 10; drop++) {
        stage.proxy.fin();
        await stage.opened(11 + drop);
        await stage.closed(10 + drop);
      }
      return { either: EITHER, end: `${numbers(stage.seen)}, ${numberADial(stage.seen)}` };
    },
  },
  {
    name: 'F5 ×5 in 500 ms',
    check: true,
    async play(stage) {
      await stage.tab.hitReload(5, 100);
      await pause(500);
      await stage.until('the last page to be connected', () => {
        const [loaded] = documentsOf(stage, 'document_loaded').slice(-1);
        return documentsOf(stage, 'connection_opened').includes(loaded);
      });
      return {
        page: 'pages that go',
        client: 'pages that go, and the last stays',
        server: '1001, 1006 or no hello of those that got through',
        end: numberADial(stage.seen),
      };
    },
    why: 'How many pages come to dial, and how many dials get through, is a matter of milliseconds. Chromium takes no notice of F5 while a page is on its way, Firefox begins again',
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
  },
  {
    name: '`close(1001, "")`',
    async play(stage) {
      await stage.tab.closeSocket(1001, '');
      await pause(2_000);
    },
    why: 'A page may send only 1000 and 3000 to 4999',
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
    why: 'A page is told neither status nor Retry-After, only that there was an `error`',
  },
  {
    name: '`window.open` of the page',
    async play(stage) {
      stage.copies.push(await stage.tab.openCopy());
      await stage.opened(2);
    },
  },
  {
    name: 'Duplicate Tab',
    check: true,
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
  },
  {
    name: 'tab closed and reopened',
    check: true,
    async play(stage) {
      await stage.tab.close();
      await stage.closed(1);
      stage.tab = await stage.tab.reopen();
      await stage.opened(2);
      return { breathless: true };
    },
    why: 'Made out of a history entry, so `back_forward`',
  },
  {
    name: 'away 5 s and back',
    check: true,
    async play(stage) {
      await stage.tab.navigate('blank');
      await pause(5_000);
      const openMeanwhile = stage.count('server', 'connection_closed') === 0;
      await stage.tab.back();
      await stage.opened(2);
      return {
        maybe: CACHED,
        measured: `server's connection ${openMeanwhile ? 'stays open' : 'ends at once'}`,
      };
    },
    why: 'The client gives its connection up when its page goes to the cache of Chromium. Firefox caches no page that has a WebSocket',
  },
  {
    name: 'page to page ×8',
    check: true,
    async play(stage) {
      for (let page = 1; page <= 8; page++) {
        await stage.tab.navigate('page');
        await stage.opened(1 + page);
        await stage.closed(page);
      }
      return { maybe: CACHED };
    },
    why: "As above. Firefox closes a page's sockets before `pagehide`, and most times tells it so, with 1001",
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
    why: 'The client gives its connection up, and the close frame gets out once the link is back. Here the server gives up after 12 s only',
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
      return { page: 'offline, online, and 1006 before or after that' };
    },
    why: 'Firefox lets go of a socket of which it was told to close it when the link goes, Chromium when the link is back. Here the server gives up after 2 s',
  },
  {
    name: 'offline emulated for 2 s',
    async play(stage) {
      await stage.tab.setOffline(true);
      await pause(2_000);
      await stage.tab.setOffline(false);
      await stage.opened(2);
    },
    why: 'The client gives its connection up; the frame gets out, for only new requests fail',
  },
  {
    name: 'two iframes, three drops',
    on: { kind: 'frames' },
    check: true,
    async play(stage) {
      for (let drop = 1; drop <= 3; drop++) {
        stage.proxy.fin();
        await stage.closed(2 * drop);
        await stage.opened(2 + 2 * drop);
        await stage.quiet();
      }
    },
    why: 'Each frame is a document of its own over one storage, and keeps a session of its own in it',
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
    check: true,
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
    tabs: OUTAGE_TABS,
    on: { client: { backoff: { policy: 'fixed', baseMs: 250, maxMs: 250 } } },
    play: (stage) => outage(stage, 40_000),
    why: 'Each browser holds dials back after failures in its own way. Firefox may wait half as long again as the outage has lasted',
  },
  {
    name: 'outage of 120 s, default backoff',
    when: 'along',
    tabs: OUTAGE_TABS,
    on: { client: { backoff: { policy: 'full-jitter', baseMs: 250, maxMs: 10_000 } } },
    play: (stage) => outage(stage, 120_000),
    why: 'As above',
  },
  {
    name: 'tab crashes, and is reloaded',
    when: 'last',
    check: true,
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
    check: true,
    play: killed,
    why: "The storage that comes back is from before the reloads: #2 is dialled again, and the welcome moves it ahead. The system ends Firefox's sockets; Chromium's network process outlives the browser long enough to say 1001",
  },
  {
    name: 'the same, where the client ignores `last_seen_sequence`',
    when: 'last',
    on: { ignoresLastSeen: true },
    check: true,
    play: killed,
    why: 'Numbers are used twice, and nothing says why',
  },
];

const documentsOf = (stage: Stage, event: string): (string | undefined)[] =>
  stage.seen.flatMap((seen) =>
    seen.side === 'client' && seen.event === event ? [seen.document] : [],
  );

/** Everything is written down, the page is reloaded twice, and then the browser is killed. */
async function killed(stage: Stage, player: Player): Promise<Look> {
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
}

/** Nobody gets through for a while, and each dial is reset. */
async function outage(stage: Stage, ms: number): Promise<Look> {
  const stages = [stage, ...stage.others];
  const beganAt = performance.now();
  for (const { proxy } of stages) {
    proxy.newConnections = 'reset';
    proxy.rst();
  }
  await pause(ms);
  const endedAt = performance.now();
  for (const { proxy } of stages) proxy.newConnections = 'pass';
  await Promise.all(stages.map((each) => each.opened(2, 120_000)));
  const dials = mean(
    stages.map(({ proxy }) => proxy.dials.filter((at) => at > beganAt && at < endedAt).length),
  );
  const waitSeconds = mean(
    // Firefox waits half as long again after each failure: this is one round of that, wherever it begins.
    stages.map(({ proxy }) => meanWait(proxy.dials, beganAt + (2 / 3) * ms, endedAt) / 1000),
  );
  return {
    end: [...new Set(stages.map(({ seen }) => numberADial(seen)))].join(', '),
    // The time of a dial may be over just as it gets through.
    either: { '1005 peer': '', 'rejected hello-missing': '' },
    measured: `${band(dials, [5, 18, 60])} dials a tab, back within ${band(waitSeconds, [1, 5, 25])} s on average`,
    measures: { dials, waitSeconds },
  };
}
