import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
// A server's process runs what was built.
import { ServerHandle } from '../../dist/real/server-handle.js';
import { DEFAULT_SERVER_SETTINGS } from '../../src/core/settings.ts';
import { isLinux } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

/** Processes that this one has started, and that live. */
const children = (): number[] =>
  fs
    .readdirSync('/proc/self/task')
    .flatMap((task) => fs.readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '))
    .flatMap((pid) => (pid === '' ? [] : [Number(pid)]));

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

  it('when it should listen is a failure in time', async () => {
    const { handle, stopNew } = begin();
    stopNew();
    const listening = expect(handle.listening()).rejects.toThrow('the server does not answer');
    await vi.advanceTimersByTimeAsync(30_000);
    await listening;
  });
});

/** A handle, whose process is gone when the test is over and it has been killed. */
function begin() {
  const failures: string[] = [];
  const before = children();
  const started = () => children().filter((pid) => !before.includes(pid));
  const handle = new ServerHandle({
    settings: DEFAULT_SERVER_SETTINGS,
    logFile: path.join(temporaryDirectory(), 'server.ndjson'),
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
  return { handle, failures, stopNew };
}
