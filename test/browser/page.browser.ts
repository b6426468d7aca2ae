import type { Browser, BrowserContext, Frame, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { PageConnection } from '../../src/page/client.ts';
import type { ConnectionSequence as PageSequence } from '../../src/page/sequence.ts';
import { findChromium, launchChromium } from './chromium.ts';
import { PageWorld, PLAIN_HOST } from './page-world.ts';

declare global {
  var connection: PageConnection;
  var begin: () => PageConnection;
  var ConnectionSequence: typeof PageSequence;
  var messages: unknown[];
  /** All that came, with the handshake and pings. */
  var heard: unknown[];
}

const hasChromium = findChromium() !== undefined;
if (!hasChromium) console.log('skipped: there is no Chromium');

let browser: Browser;
let context: BrowserContext;
let world: PageWorld;

beforeAll(async () => {
  if (!hasChromium) return;
  browser = await launchChromium([`--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`]);
});
afterAll(() => browser?.close());
beforeEach(async () => {
  context = await browser.newContext();
  world = await PageWorld.start();
});
afterEach(async () => {
  await context.close();
  await world.stop();
});

const isOpen = (frame: Page | Frame, number: number) =>
  frame.waitForFunction(
    (wanted) => window.connection?.connected && connection.connectionSequence === wanted,
    number,
    { polling: 10 },
  );

const sessionOf = (frame: Page | Frame) => frame.evaluate(() => connection.sessionId);

/** Numbers of a session's attempts, in the order of the log. */
const numbersOf = (session: string | null) =>
  world.of('connection_attempt', session ?? '').map((line) => line.connection_sequence);

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

/** The page goes, and its last lines come. */
async function leave(page: Page): Promise<void> {
  const before = world.of('document_unloaded').length;
  await page.close({ runBeforeUnload: true });
  await world.until(() => world.of('document_unloaded').length > before);
}

async function pass(): Promise<void> {
  const { code, output } = await world.check();
  expect(output).toMatch(/^✔ pass/m);
  expect(code).toBe(0);
}

describe.runIf(hasChromium)('a page in Chromium', () => {
  for (const [name, origin] of [
    ['with locks', () => world.origin],
    ['over plain http', () => world.plainOrigin],
  ] as const) {
    it(`${name} counts through reloads and drops, in one session`, async () => {
      const page = await context.newPage();
      await page.goto(origin());
      expect(await page.evaluate(() => isSecureContext)).toBe(name === 'with locks');
      await isOpen(page, 1);
      const session = await sessionOf(page);
      for (let reload = 1; reload <= 10; reload++) {
        await page.reload();
        await isOpen(page, 1 + reload);
      }
      for (let drop = 1; drop <= 10; drop++) {
        world.drop();
        await isOpen(page, 11 + drop);
      }
      expect(await sessionOf(page)).toBe(session);
      await leave(page);
      expect(numbersOf(session)).toEqual(upTo(21));
      expect(new Set(world.lines.map((line) => line.session_id))).toEqual(new Set([session]));
      await pass();
    });
  }

  it('opens another tab in a session of its own', async () => {
    const page = await context.newPage();
    await page.goto(world.origin);
    await isOpen(page, 1);
    const popup = context.waitForEvent('page');
    await page.evaluate(() => window.open('/'));
    const copy = await popup;
    await isOpen(copy, 1);
    const [parent, session] = [await sessionOf(page), await sessionOf(copy)];
    await leave(copy);
    await leave(page);
    expect(session).not.toBe(parent);
    expect(world.of('session_started', session ?? '')).toMatchObject([
      { reason: 'duplicate-tab', parent_session_id: parent },
    ]);
    await pass();
  });

  it('opens another tab over plain http in a session of its own', async () => {
    const page = await context.newPage();
    await page.goto(world.plainOrigin);
    await isOpen(page, 1);
    const popup = context.waitForEvent('page');
    await page.evaluate(() => window.open('/'));
    const copy = await popup;
    await isOpen(copy, 1);
    const parent = await sessionOf(page);
    const session = await sessionOf(copy);
    await leave(copy);
    await leave(page);
    expect(world.of('session_started', session ?? '')).toMatchObject([
      { reason: 'duplicate-tab', parent_session_id: parent },
    ]);
    await pass();
  });

  it('has a session for each frame, through drops and reloads', async () => {
    const page = await context.newPage();
    await page.goto(`${world.origin}/empty`);
    await page.evaluate(() => {
      for (const id of ['a', 'b']) {
        const frame = document.createElement('iframe');
        frame.src = '/';
        frame.id = id;
        document.body.append(frame);
      }
    });
    const frames = () => page.frames().filter((frame) => frame !== page.mainFrame());
    for (const frame of frames()) await isOpen(frame, 1);
    for (let drop = 1; drop <= 3; drop++) {
      world.drop();
      for (const frame of frames()) await isOpen(frame, 1 + drop);
    }
    const sessions = await Promise.all(frames().map(sessionOf));
    expect(new Set(sessions).size).toBe(2);
    // One frame is made anew, and takes up what it had.
    await page.evaluate(() => {
      document.getElementById('a')?.remove();
      const frame = document.createElement('iframe');
      frame.src = '/';
      document.body.append(frame);
    });
    const anew = frames().at(-1) as Frame;
    await isOpen(anew, 5);
    expect(await sessionOf(anew)).toBe(sessions[0]);
    await leave(page);
    await world.until(() => world.of('document_unloaded').length === 3);
    expect(numbersOf(sessions[0] ?? '')).toEqual(upTo(5));
    expect(numbersOf(sessions[1] ?? '')).toEqual(upTo(4));
    expect(world.of('session_started')).toHaveLength(2);
    await pass();
  });

  it('keeps its number in memory where storage is blocked', async () => {
    const page = await context.newPage();
    await page.goto(`${world.origin}/empty`);
    // A sandboxed frame has no storage, and no locks.
    await page.evaluate(() => {
      const frame = document.createElement('iframe');
      frame.setAttribute('sandbox', 'allow-scripts');
      frame.src = '/';
      document.body.append(frame);
    });
    const frame = page.frames().at(-1) as Frame;
    await isOpen(frame, 1);
    expect(
      await frame.evaluate(() => {
        try {
          return typeof sessionStorage;
        } catch (error) {
          return (error as Error).name;
        }
      }),
    ).toBe('SecurityError');
    world.drop();
    await isOpen(frame, 2);
    const session = await sessionOf(frame);
    await leave(page);
    expect(numbersOf(session)).toEqual([1, 2]);
    await pass();
  });

  it('comes back from the back/forward cache in the same session', async () => {
    const page = await context.newPage();
    await page.goto(world.origin);
    await isOpen(page, 1);
    const session = await sessionOf(page);
    await page.goto(`${world.origin}/empty`);
    // Playwright does not know of that cache, and waits in vain; the log does.
    await page.evaluate(() => setTimeout(() => history.back()));
    await world.until(() => world.of('connection_opened', session ?? '').length === 2);
    await leave(page);
    expect(numbersOf(session)).toEqual([1, 2]);
    const documents = world.of('document_loaded').map((line) => line.navigation);
    expect(documents).toEqual(['navigate', 'back_forward']);
    expect(world.of('document_unloaded').map((line) => line.reason)).toEqual([
      'bfcache',
      'pagehide',
    ]);
    await pass();
  });

  it('passes on what comes behind the welcome, but pings', async () => {
    const page = await context.newPage();
    await page.addInitScript(() => {
      window.heard = [];
      const Native = WebSocket;
      window.WebSocket = class extends Native {
        constructor(...args: ConstructorParameters<typeof Native>) {
          super(...args);
          this.addEventListener('message', ({ data }) => heard.push(data));
        }
      };
    });
    await page.goto(world.origin);
    await page.waitForFunction(() => heard.includes('{"type":"ping"}'));
    expect(await page.evaluate(() => messages)).toEqual([]);
  });

  it('dials once where it is closed and opened in one breath, as by StrictMode', async () => {
    const page = await context.newPage();
    await page.goto(`${world.origin}/empty`);
    await page.goto(world.origin);
    await isOpen(page, 1);
    const session = await sessionOf(page);
    // Hot reload: the one that is closed was connected.
    await page.evaluate(() => {
      connection.close();
      begin().close();
      window.connection = begin();
    });
    await isOpen(page, 2);
    expect(await sessionOf(page)).toBe(session);
    await page.evaluate(() => {
      connection.close(4001, 'enough');
      return new Promise((resolve) => connection.addEventListener('close', resolve));
    });
    await page.reload();
    await isOpen(page, 3);
    await leave(page);
    expect(numbersOf(session)).toEqual([1, 2, 3]);
    expect(world.of('session_started')).toHaveLength(1);
    await pass();
  });

  it('shows what it does, in the example', async () => {
    const page = await context.newPage();
    await page.goto(`${world.origin}/examples/page/?url=${encodeURIComponent(world.url)}`);
    await page.getByRole('heading', { name: 'Connection 1 of session' }).waitFor();
    world.drop();
    await page.getByRole('heading', { name: 'Connection 2 of session' }).waitFor();
    expect(await page.locator('pre').textContent()).toContain('"event":"connection_closed"');
  });

  it('has the sequence alone, for a socket of its own', async () => {
    const page = await context.newPage();
    await page.goto(`${world.origin}/sequence`);
    /** Connects once, and gives what the hello had. */
    const dial = async (frame: Page) => {
      // A window that has just opened may not have run its script yet.
      await frame.waitForFunction(() => 'ConnectionSequence' in window);
      return frame.evaluate(async (url) => {
        const sequence = await ConnectionSequence.open();
        const dialled = sequence.url(url);
        await new Promise((resolve, reject) => {
          const socket = new WebSocket(dialled);
          socket.onmessage = ({ data }) => sequence.welcomed(data) && resolve(null);
          socket.onclose = ({ code }) => reject(new Error(`closed with ${code}`));
        });
        return Object.fromEntries(new URL(dialled).searchParams);
      }, world.url);
    };
    const first = await dial(page);
    await page.reload();
    const second = await dial(page);
    const popup = context.waitForEvent('page');
    await page.evaluate(() => window.open('/sequence'));
    const copied = await dial(await popup);
    expect(first).toMatchObject({ connection_sequence: '1' });
    expect(second).toMatchObject({ session_id: first.session_id, connection_sequence: '2' });
    expect(second.reconnect_token).toMatch(/./);
    expect(copied.session_id).not.toBe(first.session_id);
    expect(copied.connection_sequence).toBe('1');
  });
});
