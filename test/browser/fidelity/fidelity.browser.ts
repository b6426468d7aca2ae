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
import { STORY, type StoryRow } from './story.ts';
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

type Rows = StoryRow[];

async function playInBrowser(
  name: Name,
  rows: Rows,
  part: Part,
  network?: LinkedNetwork,
): Promise<Map<string, Outcome>> {
  const site = await Site.start();
  let driver: Driver | undefined;
  try {
    await network?.letOut(site.port);
    driver = await start(name, network);
    return await playPart(new BrowserPlayer(driver, site, network), rows, part);
  } finally {
    await driver?.stop();
    await site.stop();
  }
}

async function playBehindLink(name: Name, rows: Rows): Promise<Map<string, Outcome>> {
  if (hindrance) return new Map();
  const network = await LinkedNetwork.create();
  try {
    return await playInBrowser(name, rows, 'link', network);
  } finally {
    network.stop();
  }
}

async function playHeadless(name: Name, rows: Rows, part: Part): Promise<Map<string, Outcome>> {
  const player = new HeadlessPlayer(name);
  try {
    return await playPart(player, rows, part);
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

async function pair(name: Name, rows: Rows): Promise<Pair> {
  const parts = (['most', 'link', 'last'] as const).filter((part) =>
    rows.some((row) => isOfPart(row, part)),
  );
  const [browser, headless] = await allOf([
    column(
      name,
      parts.map((part) =>
        part === 'link' ? playBehindLink(name, rows) : playInBrowser(name, rows, part),
      ),
    ),
    column(
      `headless as ${name}`,
      parts.map((part) => playHeadless(name, rows, part)),
    ),
  ]);
  return { browser, headless } as Pair;
}

/**
 * Plays those rows once more that a busy machine may have spoilt, with fewer at once; a row that really is another is
 * another each time.
 */
async function playAgain(name: Name, played: Pair, rows: Rows): Promise<void> {
  if (rows.length === 0) return;
  console.log(`played once more, in ${name}: ${rows.map((row) => row.name).join(', ')}`);
  const again = await pair(name, rows);
  for (const side of ['browser', 'headless'] as const) {
    for (const [row, outcome] of again[side].outcomes) played[side].outcomes.set(row, outcome);
  }
}

/** It failed, or is not what it is by the headless client. */
function isSpoilt({ name, tabs }: StoryRow, { browser, headless }: Pair): boolean {
  const [one, other] = [browser.outcomes.get(name), headless.outcomes.get(name)];
  if (one === undefined || other === undefined || 'cannot' in other) return false;
  const areFar = () => measuresOf(one, other).some(([, both]) => !areClose(both));
  return 'failed' in one || !isAlike(one, other) || (tabs !== undefined && areFar());
}

const tableOnDisk = (): string => (fs.existsSync(TABLE) ? fs.readFileSync(TABLE, 'utf8') : '');

/** Rows that the table on disk has otherwise. */
function changedIn(pairs: Pair[]): Set<StoryRow> {
  const before = tableOnDisk();
  const known = new Set(before.split('\n'));
  const lines = renderTable(STORY, pairs, before).split('\n');
  const isChanged = ({ name }: StoryRow) =>
    lines.some((line) => line.startsWith(`| ${name} |`) && !known.has(line));
  return new Set(IS_WHOLE ? STORY.filter(isChanged) : []);
}

const MAX_AGAIN = 2;

describe.skipIf(skipped !== null)('what page and server see', () => {
  let pairs: Pair[] = [];

  beforeAll(async () => {
    const names = (WSDIAG_PLAYERS?.split(',') ?? Object.keys(PROGRAMS)) as Name[];
    pairs = await allOf(names.map((name) => pair(name, ROWS)));
    for (let again = 0; again < MAX_AGAIN; again++) {
      const changed = changedIn(pairs);
      for (const [index, name] of names.entries()) {
        const played = pairs[index] as Pair;
        const rows = ROWS.filter((row) => changed.has(row) || isSpoilt(row, played));
        await playAgain(name, played, rows);
      }
    }
    if (!IS_WHOLE) console.log(renderTable(ROWS, pairs, ''));
  }, 1_200_000);

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
          expect(areClose([expected, value]), measure).toBe(true);
        }
      }
    },
  );

  it.runIf(IS_WHOLE)('is what docs/fidelity.md says', async () => {
    await expect(renderTable(STORY, pairs, tableOnDisk())).toMatchFileSnapshot(TABLE);
  });
});

const areClose = ([expected, value]: readonly [number, number]): boolean =>
  Math.abs(value / expected - 1) < TOLERANCE;

/** By name: what a browser measured, and the headless client. */
function measuresOf(browser?: Outcome, headless?: Outcome) {
  const measures = (outcome?: Outcome) =>
    (outcome && 'measures' in outcome && outcome.measures) || {};
  const ofHeadless = measures(headless);
  return Object.entries(measures(browser)).map(
    ([name, value]) => [name, [value, ofHeadless[name] ?? Number.NaN]] as const,
  );
}
