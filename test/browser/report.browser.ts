import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareSeries, seriesOf } from '../../src/compare/index.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { comparisonPage } from '../../src/report/comparison-page.ts';
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
  hash = '',
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
  await page.goto(url + hash);
  return { page, troubles };
}

/** Of a few loads the fastest: other tests may have the machine. */
async function drawnMs(page: Page, loads = 5): Promise<number> {
  const ms = await page.evaluate(() => performance.getEntriesByName('drawn')[0]?.startTime ?? 0);
  if (ms < ACCEPTABLE_MS || loads === 1) return ms;
  await page.reload();
  return Math.min(ms, await drawnMs(page, loads - 1));
}

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds wrong, the recommended included; each with the elements it is about. */
async function axe(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run({ rules: { 'target-size': { enabled: true } } } as never);
    return violations.flatMap(({ id, impact, nodes }) =>
      nodes.slice(0, 3).map(({ html }) => `${id} (${impact}): ${html.slice(0, 200)}`),
    );
  });
}

/** On a telephone and on a screen, light and dark, without anything that axe finds. */
async function fits(page: Page, name: string): Promise<void> {
  for (const width of [400, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await axe(page)).toEqual([]);
      if (SHOTS) await look(page, `${name}-${width}-${colorScheme}`);
    }
  }
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
    expect(await drawnMs(page)).toBeLessThan(ACCEPTABLE_MS);
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
    expect(await page.locator('#findings').textContent()).toContain(`session ${EVIL} #4`);
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

  it('draws a fault that lasts as a band from its beginning to its end', async () => {
    const { page, troubles } = await open();
    const at = async (ms: number) =>
      page.evaluate((ms) => {
        const canvas = document.querySelector<HTMLCanvasElement>('.plot canvas');
        const over = document.querySelector<HTMLElement>('.plot .u-over');
        if (!canvas || !over) return '';
        const ratio = canvas.width / canvas.clientWidth;
        const x = (over.offsetLeft + (over.clientWidth * ms) / 30_015) * ratio;
        // A copy, for Chromium warns of a canvas that is read often.
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d');
        copy?.drawImage(canvas, 0, 0);
        const pixel = copy?.getImageData(x, (over.offsetTop + 4) * ratio, 1, 1);
        return [...(pixel?.data ?? [])].join(' ');
      }, ms);
    const nothing = await at(6000);
    expect(await at(11_500)).toBe(nothing);
    expect(await at(12_700)).not.toBe(nothing);
    expect(await at(13_300)).toBe(await at(12_700));
    expect(await at(13_900)).toBe(nothing);
    expect(troubles).toEqual([]);
  });

  it('reads the same instant in every chart, by pointer and by keys', async () => {
    const { page, troubles } = await open();
    const readings = page.locator('.reading');
    const instants = async () =>
      (await readings.allTextContents()).map((text) => text.replace(/:.*/, ''));
    const values = async () =>
      (await readings.allTextContents()).map((text) => text.split(': ')[1]);
    const plots = page.locator('.plot .u-over');
    await plots.first().hover({ position: { x: 333, y: 50 } });
    const [one, other] = await instants();
    expect(one).toMatch(/^\d+\.\d{3} s$/);
    expect(other).toBe(one);
    const [attempts, connected] = await values();
    expect(attempts).toMatch(/^[\d,]+ attempted, [\d,]+ welcomed$/);
    // All were welcomed by then, and some were dropped: a step holds until the next one.
    expect(connected).toMatch(/^[\d,]+ connected$/);
    await page.locator('.plot').nth(1).focus();
    await page.keyboard.press('ArrowRight');
    const later = await instants();
    expect(Number.parseFloat(later[0] as string)).toBeGreaterThan(Number.parseFloat(one as string));
    expect(later[1]).toBe(later[0]);
    expect(troubles).toEqual([]);
  });

  it('looks closer by keys and buttons, and has it in its address', async () => {
    const { page, troubles } = await open();
    const heading = page.locator('.chart-head h3').first();
    expect(await heading.textContent()).toBe('Attempts in each 200 ms');
    await page.locator('.plot').first().focus();
    for (let press = 0; press < 7; press++) await page.keyboard.press('+');
    expect(await heading.textContent()).toBe('Attempts in each 10 ms');
    await expect.poll(() => page.url()).toMatch(/#t=\d+-\d+$/);
    await page.getByRole('button', { name: 'Zoom out' }).click();
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Show all of the time' }).click();
    await expect.poll(() => page.url()).not.toContain('#');
    expect(await page.getByRole('button', { name: 'Zoom out' }).isDisabled()).toBe(true);
    expect(troubles).toEqual([]);
  });

  it('shows what a link has: zoom, filter and session; and follows another one', async () => {
    const { page, troubles } = await open();
    await page.locator('.toolbar select').selectOption('failed');
    await page.locator('#lane-search').fill('000000001');
    await page.locator('.lane-labels button').nth(1).click();
    const caption = await page.locator('.lane-table caption').textContent();
    await page.locator('.plot').first().focus();
    await page.keyboard.press('+');
    await expect.poll(() => page.url()).toMatch(/t=.*session=|session=.*t=/);
    const link = page.url();
    const shown = await page.locator('.toolbar output').textContent();
    const other = await open({}, file, new URL(link).hash);
    expect(await other.page.locator('.lane-table caption').textContent()).toBe(caption);
    expect(await other.page.locator('#lane-search').inputValue()).toBe('000000001');
    expect(await other.page.locator('.toolbar select').inputValue()).toBe('failed');
    expect(await other.page.locator('.toolbar output').textContent()).toBe(shown);
    expect(await other.page.getByRole('button', { name: 'Zoom out' }).isEnabled()).toBe(true);
    await other.page.evaluate(() => {
      location.hash = '#show=lost&t=nonsense&session=nobody&x=<img src=x>';
    });
    await expect.poll(() => other.page.locator('.toolbar select').inputValue()).toBe('lost');
    expect(await other.page.locator('.lane-table caption').count()).toBe(0);
    expect([...troubles, ...other.troubles]).toEqual([]);
  });

  it('opens lanes by keys', async () => {
    const { page, troubles } = await open();
    const labels = page.locator('.lane-labels button');
    const second = await labels.nth(1).getAttribute('title');
    await page.locator('.lane-scroller').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    expect(await page.locator('.lane-table caption').textContent()).toContain(`Session ${second}`);
    expect(await labels.nth(1).getAttribute('aria-pressed')).toBe('true');
    await expect.poll(() => page.url()).toContain(`#session=${second}`);
    expect(troubles).toEqual([]);
  });

  it('tells of findings by cause first, with their lines, and then of each', async () => {
    const { page, troubles } = await open();
    const findings = page.locator('#findings');
    expect(await findings.locator('h2').textContent()).toBe('Findings (31)');
    const cause = findings.locator('.cause');
    expect(await cause.locator('h3').textContent()).toBe(
      '30 sessions used a number twice, each right after a reload.',
    );
    const example = cause.locator('.findings > li').first();
    expect(await example.locator('.lines code').allTextContents()).toEqual([
      expect.stringContaining('"event":"connection_opened"'),
      expect.stringContaining('"event":"connection_attempt"'),
    ]);
    expect(await example.textContent()).toContain('The client’s log at #4:');
    await findings.locator('summary').click();
    expect(await findings.locator('details .findings > li').count()).toBe(10);
    await findings.locator('.more').click();
    expect(await findings.locator('details .findings > li').count()).toBe(31);
    expect(troubles).toEqual([]);
  });

  it('says what an attempt failed with', async () => {
    const { page, troubles } = await open();
    await page.locator('#lane-search').fill('000000001234');
    await page.locator('.lane-labels button').click();
    const story = await page.locator('.lane-table').textContent();
    expect(story).toContain('never welcomed: ECONNREFUSED');
    expect(story).toContain('never welcomed: HTTP 503');
    expect(await page.locator('#failures tbody th').allTextContents()).toEqual([
      'HTTP 503',
      'ECONNREFUSED',
    ]);
    expect(troubles).toEqual([]);
  });

  it('has the scenario, the bounds with their outcome, and what it ran with', async () => {
    const { page, troubles } = await open();
    expect(await page.locator('#scenario pre').textContent()).toContain('clients: { count: 200 }');
    expect(await page.locator('.bounds li').allTextContents()).toEqual([
      '✔ recovery_p95 1.81 s < 4 s',
      '✖ losses 205, expected < 100',
    ]);
    expect(await page.locator('.facts').textContent()).toContain('Node v22.0.0');
    // A run directory is no number, and weighs less.
    const sizeOf = (text: string, within: string) =>
      page
        .locator(`${within} dd`, { hasText: text })
        .first()
        .evaluate((found) => Number.parseFloat(getComputedStyle(found).fontSize));
    expect(await sizeOf('wsdiag-runs', '.facts')).toBeLessThan(await sizeOf('205', '.cards'));
    expect(troubles).toEqual([]);
  });

  it('of a comparison fits, and axe finds nothing', async () => {
    const series = ['fixed', 'full-jitter'].map((label, index) => {
      const metrics = { ...RUN.metrics, recovery_p95: 1 + index };
      return seriesOf(label, [{ ...RUN, metrics }]);
    });
    const compared = path.join(directory, 'compared.html');
    fs.writeFileSync(compared, comparisonPage(compareSeries(series), []));
    const { page, troubles } = await open({}, compared);
    await fits(page, 'compared');
    expect(troubles).toEqual([]);
  });

  it.each([25, 200, SESSIONS])(
    'fits with %i sessions, and axe finds nothing',
    async (sessions) => {
      const ofSize = path.join(directory, `${sessions}.html`);
      fs.writeFileSync(ofSize, REPORTERS.html.render([storm(sessions)]));
      const { page, troubles } = await open({}, ofSize);
      expect(await drawnMs(page)).toBeLessThan(ACCEPTABLE_MS);
      await page.locator('.lane-labels button').first().click();
      for (const summary of await page.locator('summary').all()) await summary.click();
      await fits(page, `${sessions}`);
      expect(troubles).toEqual([]);
    },
    180_000,
  );

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
