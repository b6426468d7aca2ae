import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import { SESSION_ID_KEY } from '../../src/core/sequence.ts';
import type { ClientLogLine } from '../../src/page/client.ts';
import { runs } from '../support/thorough.ts';
import { FakePages, type FakeTab, type FakeWebSocket, FakeWindow, settled } from './fake-page.ts';

/** What happens to a tab, or a socket. */
const ACTS = [
  'frame',
  'unframe',
  'reload',
  'leave',
  'away',
  'back',
  'crash',
  'discard',
  'duplicate',
  'restore',
  'drop',
  'fail',
  'welcome',
  'welcome',
  'tasks',
  'time',
] as const;

type Act = { act: (typeof ACTS)[number]; at: number; count: number };

const acts = fc.array(
  fc.record({ act: fc.constantFrom(...ACTS), at: fc.nat(), count: fc.nat({ max: 8 }) }),
  { minLength: 5, maxLength: 30 },
);

interface Tab {
  tab: FakeTab;
  frames: number;
  /** It is a copy, or was copied with the session of a frame that it had no more, which either may take up. */
  mayFork: boolean;
  /** Its storage, as it was when all was quiet. */
  snapshots: Map<string, string>[];
  /** Windows in the back/forward cache. */
  cached: FakeWindow[];
}

/** Pages that everything happens to, and a server that remembers what it saw. */
class World {
  readonly browser: FakePages;
  readonly tabs: Tab[] = [];
  /** Of sessions: a restore brought back older numbers. */
  readonly restored = new Set<string>();
  readonly attempts: { session: string; number: number }[] = [];
  readonly started: { line: ClientLogLine; mayFork: boolean }[] = [];
  readonly seen = new Map<string, number>();
  /** What the server had seen of a session when it last welcomed a document of it. */
  readonly told = new Map<string, number>();
  readonly troubles: string[] = [];

  constructor(locks: boolean, seed: number) {
    const random = randomFor(seed, 'tasks');
    this.browser = new FakePages({ locks, pick: (count) => Math.floor(random() * count) });
  }

  async play(all: Act[]): Promise<void> {
    this.open(this.browser.tab(), false);
    for (const { act, at, count } of all) {
      const tab = this.tabs[at % this.tabs.length];
      if (tab) await this.#act(act, tab, at, count);
      await settled();
    }
    await this.browser.run(1000);
  }

  open(tab: FakeTab, mayFork: boolean, frames = 0): Tab {
    const opened: Tab = { tab, frames, mayFork, snapshots: [], cached: [] };
    this.tabs.push(opened);
    this.#load(opened, 'navigate');
    return opened;
  }

  async #act(act: Act['act'], tab: Tab, at: number, count: number): Promise<void> {
    const { browser } = this;
    const sockets = browser.sockets.filter(({ readyState }) => readyState < 3);
    const socket = sockets[at % Math.max(1, sockets.length)];
    const { page } = tab.tab;
    if (act === 'tasks') {
      for (let done = 0; done < count; done++) await browser.step();
    } else if (act === 'time') {
      await browser.run(count * 40);
      for (const one of this.tabs) one.snapshots.push(new Map(one.tab.storage.items));
    } else if (act === 'drop' || act === 'fail') {
      if (socket?.readyState === (act === 'drop' ? 1 : 0)) socket.end();
    } else if (act === 'welcome') {
      if (socket?.readyState === 0) this.#welcome(socket);
    } else if (act === 'back') {
      this.#comeBack(tab);
    } else if (!page) {
      this.#load(tab, 'back_forward');
    } else if (act === 'frame') {
      tab.frames += 1;
      this.#connect(tab, new FakeWindow(tab.tab, page));
    } else if (act === 'unframe') {
      if (page.frames.length > 0) tab.frames -= 1;
      page.frames[at % Math.max(1, page.frames.length)]?.remove();
    } else if (act === 'reload' || act === 'leave') {
      tab.cached = tab.tab.leave(act === 'leave');
      if (act === 'reload') tab.cached = [];
      this.#load(tab, act === 'leave' ? 'navigate' : act);
    } else if (act === 'away') {
      tab.cached = tab.tab.leave(true);
    } else if (act === 'crash' || act === 'discard') {
      if (act === 'discard') tab.tab.leave();
      else tab.tab.vanish();
      this.#load(tab, 'back_forward');
    } else if (act === 'restore') {
      this.#restore(tab, at);
    } else {
      await this.#duplicate(tab);
    }
  }

  /** While a copy claims what it has of its original, that one keeps still: else it could not tell which it is. */
  async #duplicate(tab: Tab): Promise<void> {
    await this.browser.run(200);
    const forksOf = () => this.#forks().length;
    const before = forksOf();
    this.open(tab.tab.copy(), true, tab.frames);
    const ids = [...tab.tab.storage.items.keys()].filter((key) => key.startsWith(SESSION_ID_KEY));
    if (ids.length > 1 + tab.frames) {
      tab.mayFork = true;
      for (const id of ids) this.restored.add(tab.tab.storage.items.get(id) ?? '');
    }
    await this.browser.run(400);
    if (forksOf() === before) this.troubles.push('a duplicated tab did not fork');
  }

  #forks() {
    return this.started.filter(({ line }) => 'reason' in line && line.reason === 'duplicate-tab');
  }

  #comeBack(tab: Tab): void {
    const { cached } = tab;
    if (cached.length === 0) return;
    for (const window of tab.tab.leave(true)) window.die();
    tab.cached = [];
    // One that stood in another's way is not there any more, and nor are the frames around it.
    if (cached.some(({ isAlive }) => !isAlive)) {
      this.#load(tab, 'back_forward');
      return;
    }
    tab.frames = cached.length - 1;
    for (const window of cached) window.show();
  }

  #restore(tab: Tab, at: number): void {
    const items = tab.snapshots[at % Math.max(1, tab.snapshots.length)];
    if (!items) return;
    tab.tab.vanish();
    tab.tab.storage.items.clear();
    for (const [key, value] of items) {
      tab.tab.storage.items.set(key, value);
      if (key.startsWith(SESSION_ID_KEY)) {
        this.restored.add(value);
        this.told.delete(value);
      }
    }
    tab.cached = [];
    this.#load(tab, 'back_forward');
  }

  #load(tab: Tab, navigation: string): void {
    const page = tab.tab.load(navigation);
    const windows = [page];
    for (let frame = 0; frame < tab.frames; frame++) windows.push(new FakeWindow(tab.tab, page));
    for (const window of windows) this.#connect(tab, window);
  }

  #connect(tab: Tab, window: FakeWindow): void {
    window.connect({
      handshake: 'query',
      backoff: { policy: 'fixed', baseMs: 20 },
      log: (line) => {
        if (line.event === 'session_started') {
          this.started.push({ line, mayFork: tab.mayFork });
        }
        if (line.event === 'connection_attempt') this.#attempted(line);
      },
    });
  }

  #attempted(line: Extract<ClientLogLine, { event: 'connection_attempt' }>): void {
    const { session_id: session, connection_sequence: number } = line;
    const isUsed = this.attempts.some((one) => one.session === session && one.number === number);
    if (isUsed && !this.restored.has(session)) this.troubles.push(`${session} #${number} twice`);
    const told = this.told.get(session);
    if (told !== undefined && number <= told) {
      this.troubles.push(`${session} #${number}, though the server had told of ${told}`);
    }
    this.attempts.push({ session, number });
  }

  #welcome(socket: FakeWebSocket): void {
    const session = String(socket.hello.session_id);
    const number = Number(socket.hello.connection_sequence);
    const seen = this.seen.get(session) ?? 0;
    this.seen.set(session, Math.max(seen, number));
    socket.accept({ last_seen_sequence: seen });
    this.told.set(session, Math.max(seen, this.told.get(session) ?? 0));
  }
}

describe.each([
  ['with Web Locks', true],
  ['with a word between tabs', false],
])('whatever happens to pages %s', (_name, locks) => {
  it('no number is used twice, and only duplicated tabs fork, but always', async () => {
    await fc.assert(
      fc.asyncProperty(acts, fc.nat(), async (all, seed) => {
        const world = new World(locks, seed);
        await world.play(all);
        expect(world.troubles).toEqual([]);
        for (const { line, mayFork } of world.started) {
          if (!mayFork) expect(line).not.toMatchObject({ reason: 'duplicate-tab' });
          expect(line).not.toMatchObject({ reason: 'storage-invalid' });
        }
      }),
      { numRuns: runs(1500) },
    );
  });
});
