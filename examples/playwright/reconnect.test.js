/**
 * A page that has to come back, with the proxy between it and its service, and a verdict in the end:
 *
 *   npm install --save-dev wsdiag playwright-core ws
 *   CHROMIUM=/usr/bin/chromium node --test reconnect.test.js
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import { startProxy } from 'wsdiag/proxy';
import { startApp } from './app.js';

const wsdiag = path.join(import.meta.dirname, '../../bin/wsdiag.js');

test('the page comes back from drops, refusals and a reload, and can be followed', async () => {
  const logs = fs.mkdtempSync(path.join(os.tmpdir(), 'proxy-'));
  const [log, faultsLog, clientLog] = ['proxy', 'faults', 'client'].map((name) =>
    path.join(logs, `${name}.ndjson`),
  );
  const app = await startApp();
  const proxy = await startProxy({ upstream: app.url, log, faultsLog });
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: ['--no-sandbox'],
  });
  const page = await browser.newPage();
  await page.exposeFunction('logged', (line) =>
    fs.appendFileSync(clientLog, `${JSON.stringify(line)}\n`),
  );
  await page.goto(`http://127.0.0.1:${proxy.port}/`);
  await page.getByText('Connection 1').waitFor();

  await proxy.drop({ how: 'rst' });
  await page.getByText('Connection 2').waitFor();

  // The next two attempts are refused, and each takes a number.
  await proxy.refuse({ status: 503, times: 2 });
  await proxy.close({ code: 1013, reason: 'try again later' });
  await page.getByText('Connection 5').waitFor();

  await page.reload();
  await page.getByText('Connection 6').waitFor();

  const [session, ...others] = proxy.sessions();
  assert.equal(session.connection_sequence, 6);
  assert.deepEqual(others, []);

  await browser.close();
  await proxy.stop();
  app.stop();
  // Throws where there are findings; where they are is in what it prints.
  const check = [wsdiag, 'check', log, faultsLog, '--client', clientLog];
  console.log(execFileSync(process.execPath, check, { encoding: 'utf8' }));
});
