import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BrowserPlayer } from './browser-player.ts';
import { Chromium, chromiumProgram } from './drivers/chromium.ts';
import type { Driver } from './drivers/driver.ts';
import { Firefox, firefoxProgram } from './drivers/firefox.ts';
import { HeadlessPlayer } from './headless-player.ts';
import { LinkedNetwork } from './network.ts';
import type { Outcome } from './outcome.ts';
import { isOfPart, type Part, playPart } from './play.ts';
import { Site } from './site.ts';
import { STORY } from './story.ts';
import { type Column, isAlike, type Pair, renderTable } from './table.ts';

/** For a look at a few rows or browsers alone: `WSDIAG_ROWS='FIN|RST' WSDIAG_PLAYERS=Firefox`. */
const WSDIAG_ROWS = process.env.WSDIAG_ROWS || undefined;
const WSDIAG_PLAYERS = process.env.WSDIAG_PLAYERS || undefined;
const isWanted = (name: string) =>
  WSDIAG_ROWS?.split('|').some((part) => name.includes(part)) ?? true;
const ROWS = STORY.filter(({ name }) => isWanted(name));
const IS_WHOLE = !WSDIAG_ROWS && !WSDIAG_PLAYERS;
const TABLE = path.join(import.meta.dirname, '../../../docs/fidelity.md');
/** Of what a browser measures, as a share of it. */
const TOLERANCE = 0.2;

type Name = 'Chromium' | 'Firefox';
const PROGRAMS = { Chromium: chromiumProgram(), Firefox: firefoxProgram() };
const missing = Object.entries(PROGRAMS).flatMap(([name, program]) => (program ? [] : [name]));
const skipped =
  missing.length > 0
    ? `there is no ${missing.join(' and no ')}`
    : process.platform !== 'linux'
      ? 'only Linux has more than one address of its loopback'
      : null;
if (skipped) console.log(`fidelity is not played: ${skipped}`);

const hindrance = LinkedNetwork.hindrance();
if (!skipped && hindrance) console.log(`links do not go down: ${hindrance}`);

const start = (name: Name, network?: LinkedNetwork): Promise<Driver> =>
  name === 'Chromium'
    ? Chromium.start(PROGRAMS.Chromium as string, network)
    : Firefox.start(PROGRAMS.Firefox as string, network);

async function playInBrowser(
  name: Name,
  part: Part,
  network?: LinkedNetwork,
): Promise<Map<string, Outcome>> {
  const site = await Site.start();
  let driver: Driver | undefined;
  try {
    await network?.letOut(site.port);
    driver = await start(name, network);
    return await playPart(new BrowserPlayer(driver, site, network), ROWS, part);
  } finally {
    await driver?.stop();
    await site.stop();
  }
}

async function playBehindLink(name: Name): Promise<Map<string, Outcome>> {
  if (hindrance) return new Map();
  const network = await LinkedNetwork.create();
  try {
    return await playInBrowser(name, 'link', network);
  } finally {
    network.stop();
  }
}

async function playHeadless(name: Name, part: Part): Promise<Map<string, Outcome>> {
  const player = new HeadlessPlayer(name);
  try {
    return await playPart(player, ROWS, part);
  } finally {
    await player.stop();
  }
}

/** All that came of it, but only once all have stopped what they started. @throws what the first of them threw */
async function allOf<T>(parts: Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(parts);
  return Promise.all(parts);
}

async function column(player: string, parts: Promise<Map<string, Outcome>>[]): Promise<Column> {
  const outcomes = (await allOf(parts)).flatMap((part) => [...part]);
  return { player, outcomes: new Map(outcomes) };
}

async function pair(name: Name): Promise<Pair> {
  const parts = (['most', 'link', 'last'] as const).filter((part) =>
    ROWS.some((row) => isOfPart(row, part)),
  );
  const [browser, headless] = await allOf([
    column(
      name,
      parts.map((part) => (part === 'link' ? playBehindLink(name) : playInBrowser(name, part))),
    ),
    column(
      `headless as ${name}`,
      parts.map((part) => playHeadless(name, part)),
    ),
  ]);
  return { browser, headless } as Pair;
}

describe.skipIf(skipped !== null)('what page and server see', () => {
  let pairs: Pair[] = [];

  beforeAll(async () => {
    const names = (WSDIAG_PLAYERS?.split(',') ?? Object.keys(PROGRAMS)) as Name[];
    pairs = await allOf(names.map(pair));
    if (!IS_WHOLE) console.log(renderTable(ROWS, pairs, ''));
  }, 400_000);

  const outcomesOf = (name: string) =>
    pairs.map(({ browser, headless }) => ({
      browser: browser.outcomes.get(name),
      headless: headless.outcomes.get(name),
    }));

  it.each(ROWS.map(({ name }) => name))('is played: %s', (name) => {
    const outcomes = outcomesOf(name).flatMap(({ browser, headless }) => [browser, headless]);
    expect(outcomes.filter((outcome) => outcome && 'failed' in outcome)).toEqual([]);
  });

  it.each(ROWS.map(({ name }) => name))(
    'is the same for a browser and the headless client: %s',
    (name) => {
      for (const { browser, headless } of outcomesOf(name)) {
        if (browser === undefined || headless === undefined || 'cannot' in headless) continue;
        expect(isAlike(browser, headless) || { browser, headless }).toBe(true);
      }
    },
  );

  it.each(ROWS.filter(({ tabs }) => tabs).map(({ name }) => name))(
    'takes the headless client as long as its browser: %s',
    (name) => {
      for (const { browser, headless } of outcomesOf(name)) {
        for (const [measure, [expected, value]] of measuresOf(browser, headless)) {
          console.log(`${name}: ${measure} ${expected.toFixed(2)}, headless ${value.toFixed(2)}`);
          expect(value / expected, measure).toBeGreaterThan(1 - TOLERANCE);
          expect(value / expected, measure).toBeLessThan(1 + TOLERANCE);
        }
      }
    },
  );

  it.runIf(IS_WHOLE)('is what docs/fidelity.md says', async () => {
    const before = fs.existsSync(TABLE) ? fs.readFileSync(TABLE, 'utf8') : '';
    await expect(renderTable(STORY, pairs, before)).toMatchFileSnapshot(TABLE);
  });
});

/** By name: what a browser measured, and the headless client. */
function measuresOf(browser?: Outcome, headless?: Outcome) {
  const measures = (outcome?: Outcome) =>
    (outcome && 'measures' in outcome && outcome.measures) || {};
  const ofHeadless = measures(headless);
  return Object.entries(measures(browser)).map(
    ([name, value]) => [name, [value, ofHeadless[name] ?? Number.NaN]] as const,
  );
}
