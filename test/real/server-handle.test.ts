import fs from 'node:fs';
import path from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
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

it.runIf(isLinux)('a server that does not do what it is told is a failure in time', async () => {
  const failures: string[] = [];
  const before = children();
  const handle = new ServerHandle({
    settings: DEFAULT_SERVER_SETTINGS,
    logFile: path.join(temporaryDirectory(), 'server.ndjson'),
    seed: 1,
    onFailure: ({ message }) => failures.push(message),
  });
  onTestFinished(() => handle.kill());
  await handle.listening();
  const started = children().filter((pid) => !before.includes(pid));
  expect(started).toHaveLength(1);
  for (const pid of started) process.kill(pid, 'SIGSTOP');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const caughtUp = handle.caughtUp();
  const closed = handle.close();
  await vi.advanceTimersByTimeAsync(60_000);
  await Promise.all([caughtUp, closed]);
  expect(failures).toEqual(['the server does not answer', "the server's process does not end"]);
  vi.useRealTimers();
  handle.kill();
  await expect.poll(() => children().filter((pid) => started.includes(pid))).toEqual([]);
});
