import { describe, expect, it } from 'vitest';
import { ANSWER_MS, SECOND_LOOK_MS, SessionClaims } from '../../src/page/claims.ts';
import { isHeldInTab } from '../../src/page/frames.ts';
import { randomUUID } from '../../src/page/page-window.ts';
import { type FakeBrowserOptions, FakePages, FakeWindow, settled } from './fake-page.ts';

/** A claim of a window, and how it is decided so far. */
function claim(window: FakeWindow, id = 'S', isNew = false) {
  const claims = new SessionClaims(window.asPage);
  const made = { claims, decided: 0, release: undefined as (() => void) | null | undefined };
  claims.claim(id, isNew, (release) => {
    made.decided += 1;
    made.release = release;
  });
  return made;
}

const WAYS: [string, FakeBrowserOptions][] = [
  ['a lock', {}],
  ['a word with the other tabs', { locks: false }],
];

for (const [way, options] of WAYS) {
  describe(`a claim by ${way}`, () => {
    it('is granted where no other document has the session', async () => {
      const browser = new FakePages(options);
      const made = claim(browser.tab().load());
      await browser.run(ANSWER_MS);
      expect(made.release).toBeTypeOf('function');
      expect(made.decided).toBe(1);
    });

    it('is denied where a document of another tab has it, until that lets it go', async () => {
      const browser = new FakePages(options);
      const first = claim(browser.tab().load());
      await browser.run(ANSWER_MS);
      const second = claim(browser.tab().load());
      await browser.run(ANSWER_MS + SECOND_LOOK_MS);
      expect(second.release).toBeNull();
      first.release?.();
      await browser.run();
      const third = claim(browser.tab().load());
      await browser.run(ANSWER_MS);
      expect(third.release).toBeTypeOf('function');
    });

    it('is granted once that document is gone, however it went', async () => {
      for (const go of ['hide', 'die'] as const) {
        const browser = new FakePages(options);
        const window = browser.tab().load();
        claim(window);
        await browser.run(ANSWER_MS);
        if (go === 'hide') window.hide(false);
        else window.die();
        const next = claim(browser.tab().load());
        await browser.run(ANSWER_MS);
        expect(next.release).toBeTypeOf('function');
      }
    });

    it('is granted to one of two that ask at once', async () => {
      for (let first = 0; first < 8; first++) {
        let drawn = first;
        const pick = (count: number) => {
          const picked = drawn % count;
          drawn = Math.floor(drawn / 2);
          return picked;
        };
        const browser = new FakePages({ ...options, pick });
        const claims = [claim(browser.tab().load()), claim(browser.tab().load())];
        await browser.run(ANSWER_MS + SECOND_LOOK_MS);
        expect(claims.filter(({ release }) => release)).toHaveLength(1);
        expect(claims.filter(({ release }) => release === null)).toHaveLength(1);
      }
    });

    it('is seen by the other frames of its tab at once, and by nobody else', async () => {
      const browser = new FakePages(options);
      const tab = browser.tab();
      const top = tab.load();
      const frame = new FakeWindow(tab, top);
      const inner = new FakeWindow(tab, frame);
      const stranger = new SessionClaims(browser.tab().load().asPage);
      const { claims } = claim(inner);
      const others = [top, frame, inner].map((window) => new SessionClaims(window.asPage));
      expect(others.map((other) => other.isInOtherFrame('S'))).toEqual([true, true, true]);
      expect(claims.isInOtherFrame('S')).toBe(false);
      expect(stranger.isInOtherFrame('S')).toBe(false);
      expect(others[0]?.isInOtherFrame('T')).toBe(false);
      claims.releaseAll();
      expect(others.map((other) => other.isInOtherFrame('S'))).toEqual([false, false, false]);
    });

    it('is let go before it is decided, and then held by nobody', async () => {
      const browser = new FakePages(options);
      const window = browser.tab().load();
      const first = claim(window);
      first.claims.releaseAll();
      const second = claim(window);
      await browser.run(2 * ANSWER_MS);
      expect(second.release).toBeTypeOf('function');
      expect(second.decided).toBe(1);
    });

    it('is granted to the next client of the same document, whose lock is not free yet', async () => {
      const browser = new FakePages(options);
      const window = browser.tab().load();
      const first = claim(window);
      await browser.run(ANSWER_MS);
      first.release?.();
      const second = claim(window);
      await browser.run(ANSWER_MS);
      expect(second.release).toBeTypeOf('function');
    });

    it('is no claim of a frame that is gone', async () => {
      const browser = new FakePages(options);
      const tab = browser.tab();
      const top = tab.load();
      const frame = new FakeWindow(tab, top);
      claim(frame);
      await browser.run(ANSWER_MS);
      const made = new SessionClaims(top.asPage);
      expect(made.isInOtherFrame('S')).toBe(true);
      frame.remove();
      expect(made.isInOtherFrame('S')).toBe(false);
    });
  });
}

describe('a claim', () => {
  it('looks again where it finds a lock that is just being let go', async () => {
    const browser = new FakePages();
    const window = browser.tab().load();
    claim(window);
    await browser.run();
    const next = claim(browser.tab().load());
    await browser.run(SECOND_LOOK_MS - 1);
    expect(next.decided).toBe(0);
    window.die();
    await browser.run(1);
    expect(next.release).toBeTypeOf('function');
  });

  it('asks the other tabs where the storage is blocked, and with it the locks', async () => {
    const browser = new FakePages();
    const window = browser.tab().load();
    window.isStorageBlocked = true;
    const made = claim(window);
    await browser.run(ANSWER_MS - 1);
    expect(made.decided).toBe(0);
    await browser.run(1);
    expect(made.release).toBeTypeOf('function');
    expect(browser.locks.size).toBe(0);
  });

  it('on a session that was just made waits for no answer', async () => {
    const browser = new FakePages({ locks: false });
    const made = claim(browser.tab().load(), 'S', true);
    await browser.run(0);
    expect(made.release).toBeTypeOf('function');
    const copy = claim(browser.tab().load());
    await browser.run(ANSWER_MS);
    expect(copy.release).toBeNull();
  });

  it('that was denied stands in nobody’s way, though it still waits', async () => {
    const browser = new FakePages({ locks: false });
    const first = claim(browser.tab().load());
    await browser.run(ANSWER_MS);
    for (let copy = 0; copy < 9; copy++) claim(browser.tab().load());
    await browser.run();
    first.release?.();
    const next = claim(browser.tab().load());
    await browser.run(ANSWER_MS);
    expect(next.release).toBeTypeOf('function');
  });

  it('is granted where there is neither lock nor channel', async () => {
    const browser = new FakePages({ locks: false, channels: false });
    const made = claim(browser.tab().load());
    await settled();
    expect(made.release).toBeTypeOf('function');
  });

  it('leaves no channel open behind it', async () => {
    const browser = new FakePages({ locks: false });
    const first = claim(browser.tab().load());
    await browser.run(ANSWER_MS);
    claim(browser.tab().load());
    await browser.run(ANSWER_MS);
    first.release?.();
    await browser.run();
    expect(browser.channels.size).toBe(0);
  });
});

describe('a window of another origin', () => {
  it('is passed over, and its frames are not', () => {
    const tab = new FakePages().tab();
    const top = tab.load();
    const foreign = new FakeWindow(tab, top);
    const inner = new FakeWindow(tab, foreign);
    const owner = {};
    claim(inner);
    Object.defineProperty(foreign, Symbol.for('wsdiag'), {
      get: () => {
        throw new DOMException('Blocked a frame', 'SecurityError');
      },
    });
    expect(isHeldInTab(top.asPage, 'S', owner)).toBe(true);
  });
});

describe('an id', () => {
  it('is a version 4 UUID', () => {
    // Node makes URLs of blobs as browsers do.
    const ids = Array.from({ length: 100 }, () => randomUUID(globalThis as never));
    expect(new Set(ids).size).toBe(100);
    for (const id of ids) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }
  });
});
