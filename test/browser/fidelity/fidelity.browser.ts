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
import { playAll } from './play.ts';
import { Site } from './site.ts';
import { STORY } from './story.ts';
import { alike, type Column, renderTable } from './table.ts';

/** For a look at a few rows or players alone: `WSDIAG_ROWS='FIN|RST' WSDIAG_PLAYERS=Firefox`. */
const { WSDIAG_LONG } = process.env;
const WSDIAG_ROWS = process.env.WSDIAG_ROWS || undefined;
const WSDIAG_PLAYERS = process.env.WSDIAG_PLAYERS || undefined;
const isWanted = (name: string) =>
  WSDIAG_ROWS?.split('|').some((part) => name.includes(part)) ?? true;
const ROWS = STORY.filter(({ name, long }) => isWanted(name) && (!long || WSDIAG_LONG));
const IS_WHOLE = !WSDIAG_ROWS && !WSDIAG_PLAYERS;
const TABLE = path.join(import.meta.dirname, '../../../docs/fidelity.md');

const PROGRAMS = { Chromium: chromiumProgram(), Firefox: firefoxProgram() };
const missing = Object.entries(PROGRAMS).flatMap(([name, program]) => (program ? [] : [name]));
if (missing.length > 0)
  console.log(`fidelity is not played: there is no ${missing.join(' and no ')}`);

const hindrance = LinkedNetwork.hindrance();
if (hindrance) console.log(`links do not go down: ${hindrance}`);

const STARTS: Record<string, (network?: LinkedNetwork) => Promise<Driver | null>> = {
  Chromium: (network) => Chromium.start(PROGRAMS.Chromium as string, network),
  Firefox: (network) => Firefox.start(PROGRAMS.Firefox as string, network),
  headless: async () => null,
};

/** Plays what needs a network of the browser's own, or all else. */
async function play(
  name: string,
  link = false,
  network?: LinkedNetwork,
): Promise<Map<string, Outcome>> {
  const site = await Site.start();
  await network?.letOut(site.port);
  const driver = await STARTS[name]?.(network);
  const player = driver ? new BrowserPlayer(driver, site, network) : new HeadlessPlayer();
  try {
    return await playAll(player, ROWS, link);
  } finally {
    await player.stop();
    await site.stop();
  }
}

async function playBehindLink(name: string): Promise<Map<string, Outcome>> {
  if (hindrance || !ROWS.some(({ when }) => when === 'link')) return new Map();
  if (name === 'headless') return play(name, true);
  const network = await LinkedNetwork.create();
  try {
    return await play(name, true, network);
  } finally {
    network.stop();
  }
}

async function column(name: string): Promise<Column> {
  const outcomes = await play(name);
  for (const [row, outcome] of await playBehindLink(name)) outcomes.set(row, outcome);
  return { player: name, outcomes };
}

describe.skipIf(missing.length > 0)('what page and server see', () => {
  let columns: Column[] = [];

  beforeAll(async () => {
    const names = WSDIAG_PLAYERS?.split(',') ?? Object.keys(STARTS);
    const played = await Promise.allSettled(names.map(column));
    // Only now, for all have stopped what they started.
    columns = played.map((each) => {
      if (each.status === 'rejected') throw each.reason;
      return each.value;
    });
    if (!IS_WHOLE) console.log(renderTable(ROWS, columns, ''));
  }, 400_000);

  it.each(ROWS.map(({ name }) => name))('is played: %s', (name) => {
    const outcomes = columns.map(({ outcomes }) => outcomes.get(name));
    const failures = outcomes.filter((outcome) => outcome && 'failed' in outcome);
    expect(failures).toEqual([]);
  });

  it('differs only where a reason is given', () => {
    const unexplained = ROWS.filter(
      (row) =>
        row.why === '' &&
        alike(
          columns.map(({ outcomes }) => outcomes.get(row.name)),
          columns,
        ) !== 'all',
    );
    expect(unexplained.map(({ name }) => name)).toEqual([]);
  });

  it.runIf(IS_WHOLE)('is what docs/fidelity.md says', async () => {
    const before = fs.existsSync(TABLE) ? fs.readFileSync(TABLE, 'utf8') : '';
    await expect(renderTable(STORY, columns, before)).toMatchFileSnapshot(TABLE);
  });
});
