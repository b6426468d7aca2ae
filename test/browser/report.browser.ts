import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogRecord } from '../../src/model/record.ts';
import { REPORTERS } from '../../src/report/index.ts';
import { RUN } from '../report/results.ts';
import { drawing } from '../support/drawing.ts';
import { launchChromium } from './chromium.ts';
import { EVIL, storm } from './storm.ts';

const SESSIONS = 5000;
const ACCEPTABLE_MS = 2000;

/** Where a look at the pages can be had; else they are thrown away. */
const SHOTS = process.env.WSDIAG_SCREENSHOTS;

let browser: Browser;
let directory: string;
let file: string;

beforeAll(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-browser-'));
  file = path.join(directory, 'report.html');
  fs.writeFileSync(file, REPORTERS.html.render([storm(SESSIONS)]));
  if (SHOTS) fs.copyFileSync(file, path.join(SHOTS, 'report.html'));
  browser = await launchChromium();
});

afterAll(async () => {
  await browser?.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

interface Opened {
  page: Page;
  /** What a page that keeps to itself has none of. */
  troubles: string[];
}

/** Opens a page from disk, without a network. */
async function open(
  options: Parameters<Browser['newContext']>[0] = {},
  opened = file,
): Promise<Opened> {
  const context = await browser.newContext({ offline: true, ...options });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('console', (message) => troubles.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => troubles.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const url = pathToFileURL(opened).href;
  page.on('request', (request) => {
    if (request.url() !== url) troubles.push(`request: ${request.url()}`);
  });
  await page.goto(url);
  return { page, troubles };
}

async function look(page: Page, name: string, fullPage = true): Promise<void> {
  const shot = await page.screenshot({ fullPage });
  if (SHOTS) fs.writeFileSync(path.join(SHOTS, `${name}.png`), shot);
  expect(shot.length).toBeGreaterThan(10_000);
}

/** Pixels of a canvas that are painted. */
const painted = (page: Page, selector: string): Promise<number> =>
  page
    .locator(selector)
    .first()
    .evaluate((canvas: HTMLCanvasElement) => {
      const { data } =
        canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height) ?? {};
      return (data ?? []).filter((value, index) => index % 4 === 3 && value > 0).length;
    });

const attempt = (time: number): LogRecord => ({
  log: 'client',
  file: 'client.ndjson',
  line: 1,
  time,
  event: 'connection_attempt',
  session_id: 'a',
  connection_sequence: 1,
  client_id: undefined,
  document_id: undefined,
  fields: {},
});

function chartDataOf(records: LogRecord[] | null) {
  const charts = drawing();
  for (const record of records ?? []) charts.add(record);
  return records && charts.finish();
}

const CHARTS = ['.plot canvas', '.lane-view canvas'];

describe('report.html, opened from disk without a network', () => {
  it(`shows ${SESSIONS} sessions in less than two seconds, and asks for nothing`, async () => {
    const { page, troubles } = await open();
    const drawnMs = await page.evaluate(() => performance.getEntriesByName('drawn')[0]?.startTime);
    expect(drawnMs).toBeLessThan(ACCEPTABLE_MS);
    expect(await page.title()).toBe('fail: storm – wsdiag');
    expect(await page.locator('.toolbar output').textContent()).toBe('5,000 of 5,000 sessions');
    for (const canvas of CHARTS) expect(await painted(page, canvas)).toBeGreaterThan(1000);
    await look(page, 'light');
    expect(troubles).toEqual([]);
  });

  it('shows markup from a log as text', async () => {
    const { page, troubles } = await open();
    await page.locator('#lane-search').fill('<IMG');
    expect(await page.locator('.lane-labels .id').allTextContents()).toEqual([EVIL]);
    expect(await page.locator('.findings').textContent()).toContain(`session ${EVIL} #4`);
    await page.locator('.lane-labels button').first().click();
    expect(await page.locator('.lane-table caption').textContent()).toContain(`Session ${EVIL}`);
    expect(await page.locator('img').count()).toBe(0);
    expect(troubles).toEqual([]);
  });

  it('finds a session, and tells its story', async () => {
    const { page, troubles } = await open();
    await page.locator('#lane-search').fill('000000001234');
    expect(await page.locator('.toolbar output').textContent()).toBe('1 of 5,000 sessions');
    await page.locator('.lane-labels button').click();
    const story = page.locator('.lane-table tbody tr');
    expect(await story.first().textContent()).toContain('#1');
    expect(await page.locator('.lane-table').textContent()).toContain('1012 service restart');
    await page.locator('#lane-search').fill('');
    await page.locator('.toolbar select').selectOption('findings');
    expect(await page.locator('.toolbar output').textContent()).toBe('30 of 5,000 sessions');
    expect(troubles).toEqual([]);
  });

  it('draws only the lanes in sight, however far one scrolls', async () => {
    const { page, troubles } = await open();
    const labels = page.locator('.lane-labels button');
    const worst = await labels.first().textContent();
    await page.locator('.lane-scroller').evaluate((scroller) => {
      scroller.scrollTop = scroller.scrollHeight;
    });
    await expect.poll(() => labels.first().textContent()).not.toBe(worst);
    expect(await labels.count()).toBeLessThan(40);
    expect(await painted(page, '.lane-view canvas')).toBeGreaterThan(1000);
    expect(troubles).toEqual([]);
  });

  it('tells of the connection under the pointer, and looks closer at what is dragged over', async () => {
    const { page, troubles } = await open();
    const lanes = page.locator('.lane-view canvas');
    await lanes.hover({ position: { x: 400, y: 10 } });
    expect(await page.locator('.tip').textContent()).toContain('connection #');
    const plot = page.locator('.plot .u-over').first();
    await plot.hover({ position: { x: 200, y: 50 } });
    await page.mouse.down();
    await plot.hover({ position: { x: 400, y: 50 } });
    await page.mouse.up();
    await page.locator('.reset').click();
    expect(await page.locator('.reset').isVisible()).toBe(false);
    expect(troubles).toEqual([]);
  });

  it.each<[string, LogRecord[] | null]>([
    ['no chart data', null],
    ['no record', []],
    ['one record', [attempt(0)]],
    ['times that are thousands of years apart', [attempt(0), attempt(1), attempt(2e14)]],
    ['times before there were any', [attempt(-9e15), attempt(0)]],
  ])('draws what there is of logs with %s', async (name, records) => {
    const other = path.join(directory, `${name}.html`);
    fs.writeFileSync(
      other,
      REPORTERS.html.render([{ result: RUN, chartData: chartDataOf(records) }]),
    );
    const { page, troubles } = await open({}, other);
    expect(await page.title()).toBe('pass: refresh-storm – wsdiag');
    expect(await page.locator('h2').count()).toBeGreaterThan(4);
    expect(troubles).toEqual([]);
  });

  it('is dark where that is preferred', async () => {
    const { page, troubles } = await open({ colorScheme: 'dark' });
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(ground).toBe('rgb(14, 17, 22)');
    await look(page, 'dark');
    expect(troubles).toEqual([]);
  });

  it('fits a narrow screen', async () => {
    const { page, troubles } = await open({ viewport: { width: 360, height: 740 } });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    await look(page, 'narrow');
    expect(troubles).toEqual([]);
  });

  it('is light on paper, with the worst lanes in full', async () => {
    const { page, troubles } = await open({
      colorScheme: 'dark',
      viewport: { width: 720, height: 900 },
    });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(ground).toBe('rgb(255, 255, 255)');
    // The page lays itself out anew for paper, a frame later.
    await expect.poll(() => page.locator('.lane-labels button').count()).toBe(40);
    const hidden = await page
      .locator('.lane-scroller')
      .evaluate((scroller) => scroller.scrollHeight - scroller.clientHeight);
    expect(hidden).toBeLessThanOrEqual(0);
    await look(page, 'paper');
    const pdf = await page.pdf({ format: 'A4', printBackground: true });
    if (SHOTS) fs.writeFileSync(path.join(SHOTS, 'paper.pdf'), pdf);
    expect(troubles).toEqual([]);
  });
});
