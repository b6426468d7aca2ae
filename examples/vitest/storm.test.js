/**
 * A service under a reconnect storm, in a test of its own:
 *
 *   npm install --save-dev wsdiag vitest ws
 *   npx vitest run storm.test.js
 *
 * BROKEN=1 has a mistake in its log: see below.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { simulate } from 'wsdiag';
import { jsonLines, logConnections } from 'wsdiag/server';
import 'wsdiag/vitest';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'storm-'));
const log = path.join(directory, 'service.log');
let service;

beforeAll(async () => {
  service = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  const logger = jsonLines((line) => fs.appendFileSync(log, `${line}\n`));
  logConnections(service, {
    logger: process.env.BROKEN ? numberedFromOne(logger) : logger,
    welcome: true,
  });
  await new Promise((resolve) => service.once('listening', resolve));
});

afterAll(() => {
  service.close();
  fs.rmSync(directory, { recursive: true });
});

test('every session comes back from drops and reloads, and can be followed', async () => {
  const storm = await simulate(
    {
      name: 'storm',
      seed: 7,
      duration: '1500ms',
      clients: { count: 5, backoff: { base: '50ms', max: '400ms' } },
      timeline: [
        { at: '500ms', fault: 'drop' },
        { at: '1s', fault: 'refresh', times: 2, within: '200ms', share: '40%' },
      ],
    },
    { target: `ws://127.0.0.1:${service.address().port}`, serverLog: log },
  );

  expect(storm).toPassStorm();
  expect(storm).toKeepBound('recovery_p95 < 5s');
});

/** The mistake: each connection is logged as its session's first. */
const numberedFromOne = (logger) => ({
  info: (line, message) => logger.info({ ...line, connection_sequence: 1 }, message),
});
