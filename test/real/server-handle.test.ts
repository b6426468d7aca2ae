import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
// A server's process runs what was built.
import { ServerHandle } from '../../dist/real/server-handle.js';
import { DEFAULT_SERVER_SETTINGS } from '../../src/core/settings.ts';
import { children, isLinux, readLines } from '../support/cli.ts';
import { firstOf, itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';

describe.runIf(isLinux)('a server that does not do what it is told', () => {
  it('when it should answer, or end, is a failure in time', async () => {
    const { handle, failures, stopNew } = begin();
    await handle.listening();
    stopNew();
    const done = Promise.all([handle.caughtUp(), handle.close()]);
    await vi.advanceTimersByTimeAsync(60_000);
    await done;
    expect(failures).toEqual(['the server does not answer', "the server's process does not end"]);
  });

  itThoroughly('when it should listen is a failure in time', async () => {
    const { handle, stopNew } = begin();
    stopNew();
    const listening = expect(handle.listening()).rejects.toThrow('the server does not answer');
    await vi.advanceTimersByTimeAsync(30_000);
    await listening;
  });
});

describe.runIf(isLinux)('a server that is frozen', () => {
  it('does nothing until it is thawed', async () => {
    const { handle, started } = begin();
    await handle.listening();
    handle.freeze(true);
    const [pid] = started();
    await expect.poll(() => stateOf(pid)).toBe('T');
    handle.freeze(false);
    await handle.caughtUp();
    expect(stateOf(pid)).not.toBe('T');
  });

  it.each(firstOf('graceful' as const, 'crash' as const))('hears of its end: %s', async (how) => {
    const { handle, failures, linesOf } = begin();
    await handle.listening();
    handle.freeze(true);
    handle.stop(how);
    handle.start();
    await handle.caughtUp();
    handle.freeze(false);
    expect(linesOf('server_started')).toBe(2);
    expect(failures).toEqual([]);
  });
});

/** As `ps` has it: T for stopped. */
const stateOf = (pid: number | undefined): string | undefined =>
  /\) (\w)/.exec(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];

it('a server that is started again logs how long that took', async () => {
  const { handle, logged } = begin();
  await handle.listening();
  const toldAt = Date.now();
  handle.stop('crash');
  handle.start();
  await handle.caughtUp();
  const [first, again] = logged('server_started').map(({ start_ms }) => start_ms);
  expect(first).toBeUndefined();
  expect(again).toBeGreaterThanOrEqual(0);
  expect(again).toBeLessThanOrEqual(Date.now() - toldAt);
});

describe('restarts that overlap', () => {
  it('are one, however many are asked for before the server is back', async () => {
    const { handle, linesOf } = begin();
    await handle.listening();
    for (const how of ['crash', 'graceful', 'crash'] as const) {
      handle.stop(how);
      handle.start();
    }
    await handle.caughtUp();
    expect(linesOf('server_started')).toBe(2);
    expect(linesOf('server_stopped')).toBe(0);
    expect(handle.down).toBe(false);
  });

  itThoroughly('end as the first of them began', async () => {
    const { handle, linesOf } = begin();
    await handle.listening();
    handle.stop('graceful');
    handle.stop('crash');
    handle.start();
    await handle.caughtUp();
    expect([linesOf('server_stopped'), linesOf('server_started')]).toEqual([1, 2]);
  });

  itThoroughly(
    'keep a server that has not begun to listen from it, until the last is over',
    async () => {
      const { handle, linesOf } = begin();
      await handle.listening();
      handle.stop('crash');
      handle.start();
      handle.stop('crash');
      await handle.caughtUp();
      expect(handle.down).toBe(true);
      expect(linesOf('server_started')).toBe(1);
      handle.start();
      await handle.caughtUp();
      expect(linesOf('server_started')).toBe(2);
    },
  );

  itThoroughly('are two where the server has been told to listen in between', async () => {
    const { handle, linesOf } = begin();
    await handle.listening();
    handle.stop('crash');
    handle.start();
    while (handle.down) await nextTurn();
    handle.stop('crash');
    expect(handle.down).toBe(true);
    handle.start();
    await handle.caughtUp();
    expect(linesOf('server_started')).toBe(3);
  });
});

/** A handle, whose process is gone when the test is over and it has been killed. */
function begin() {
  const failures: string[] = [];
  const before = children();
  const started = () => children().filter((pid) => !before.includes(pid));
  const logFile = path.join(temporaryDirectory(), 'server.ndjson');
  const handle = new ServerHandle({
    settings: DEFAULT_SERVER_SETTINGS,
    logFile,
    seed: 1,
    onFailure: ({ message }) => failures.push(message),
  });
  const stopNew = () => {
    const stopped = started();
    expect(stopped).toHaveLength(1);
    for (const pid of stopped) process.kill(pid, 'SIGSTOP');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  };
  onTestFinished(async () => {
    vi.useRealTimers();
    handle.kill();
    await expect.poll(started, { timeout: 10_000 }).toEqual([]);
  });
  const logged = (event: string) => readLines(logFile).filter((line) => line.event === event);
  const linesOf = (event: string) => logged(event).length;
  return { handle, failures, started, stopNew, logged, linesOf };
}
