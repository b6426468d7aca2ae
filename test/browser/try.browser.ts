import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runCli, startCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';
import { launchChromium } from './chromium.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await launchChromium();
});
afterAll(() => browser?.close());

const connected = (page: Page) =>
  page.waitForFunction(() => document.getElementById('state')?.textContent === 'connected');

/** Clicks, and waits for the page to be connected with that number. */
async function click(page: Page, text: string, number: number): Promise<void> {
  await page.getByText(text, { exact: true }).click();
  await page.waitForFunction(
    (number) => document.getElementById('number')?.textContent === `${number}`,
    number,
  );
  await connected(page);
}

it('lets a person do all that can happen to a page, and both logs prove that it went well', async () => {
  const directory = temporaryDirectory();
  const [server, client] = ['server.ndjson', 'client.ndjson'].map((name) =>
    path.join(directory, name),
  ) as [string, string];
  const args = ['serve', '--port', '0', '--page', '--page-port', '0'];
  const cli = startCli([...args, '--log', server, '--page-log', client]);
  const [url] = await cli.until(/http:\S+/);

  const context = await browser.newContext();
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => troubles.push(message.text()));
  await page.goto(url);
  await connected(page);
  await click(page, 'Drop the connection', 2);
  await click(page, 'Close it with 1012', 3);
  await click(page, 'Reload', 4);
  await page.getByText('Add a frame').click();
  const frame = page.frameLocator('iframe');
  await expect.poll(() => frame.locator('#state').textContent()).toBe('connected');
  expect(await frame.locator('#number').textContent()).toBe('1');
  const [copy] = await Promise.all([
    context.waitForEvent('page'),
    page.getByText('Duplicate the tab').click(),
  ]);
  await connected(copy);
  expect(await copy.textContent('#number')).toBe('1');
  await page.getByText('Clear its storage').click();
  await click(page, 'Drop the connection', 1);
  for (const log of ['server', 'client']) {
    await expect.poll(() => page.locator(`#${log} li.own`).count()).toBeGreaterThan(0);
  }
  expect(troubles).toEqual([]);
  await context.close();

  cli.kill('SIGTERM');
  expect(await cli.outcome).toMatchObject({ code: 0 });
  const { code, stdout } = await runCli(['check', server, client]);
  expect(stdout).toContain('✔ pass');
  expect(code).toBe(0);
});
