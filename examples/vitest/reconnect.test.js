/**
 * A client without a page and its service, with the proxy between them, and a verdict in the end:
 *
 *   npm install --save-dev wsdiag vitest ws
 *   npx vitest run
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startProxy } from 'wsdiag/proxy';
import { Feed } from './feed.js';
import { startService } from './service.js';

const wsdiag = path.join(
  path.dirname(createRequire(import.meta.url).resolve('wsdiag/package.json')),
  'bin/wsdiag.js',
);

let logs, service, proxy, feed;

beforeEach(async () => {
  logs = fs.mkdtempSync(path.join(os.tmpdir(), 'proxy-'));
  service = await startService();
  proxy = await startProxy({
    upstream: service.url,
    log: path.join(logs, 'proxy.ndjson'),
    faultsLog: path.join(logs, 'faults.ndjson'),
  });
  feed = new Feed(proxy.url).on('failed', () => {});
  await once(feed, 'price');
});

afterEach(async () => {
  feed.close();
  await proxy.stop();
  service.stop();
  fs.rmSync(logs, { recursive: true });
});

test('prices go on after a drop', async () => {
  expect(await proxy.drop({ how: 'rst' })).toEqual({ connections: 1 });
  await once(feed, 'price');
  expect(feed.connectionSequence).toBe(2);
});

test('prices go on after a drop and refusals, and every connection is accounted for', async () => {
  await proxy.refuse({ status: 503 });
  await proxy.drop({ how: 'fin' });
  await once(feed, 'failed');
  await once(feed, 'failed');
  expect(proxy.sessions()).toEqual([]);

  await proxy.heal();
  await once(feed, 'price');
  expect(proxy.sessions()).toMatchObject([
    { session_id: feed.sessionId, connection_sequence: feed.connectionSequence },
  ]);

  feed.close();
  await proxy.stop();
  // Throws where there are findings; where they are is in what it prints.
  const check = ['check', 'proxy.ndjson', 'faults.ndjson'];
  const report = execFileSync(process.execPath, [wsdiag, ...check], {
    cwd: logs,
    encoding: 'utf8',
  });
  expect(report).toContain('✔ pass');
});
