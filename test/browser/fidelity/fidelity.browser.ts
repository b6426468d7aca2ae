import { beforeAll, describe, expect, it } from 'vitest';
import { BrowserPlayer } from './browser-player.ts';
import { Chromium, chromiumProgram } from './drivers/chromium.ts';
import { Firefox, firefoxProgram } from './drivers/firefox.ts';
import { HeadlessPlayer } from './headless-player.ts';
import { playAll } from './play.ts';
import type { Player } from './player.ts';
import { Site } from './site.ts';
import { STORY } from './story.ts';
import { alike, type Column, renderTable } from './table.ts';

/** For a look at a few rows or players alone: `WSDIAG_ROWS='FIN|RST' WSDIAG_PLAYERS=Firefox`. */
const { WSDIAG_ROWS, WSDIAG_PLAYERS, WSDIAG_LONG } = process.env;
const ROWS = STORY.filter(
  ({ name, long }) =>
    (!long || WSDIAG_LONG) &&
    (!WSDIAG_ROWS || WSDIAG_ROWS.split('|').some((part) => name.includes(part))),
);
const IS_WHOLE = !WSDIAG_ROWS && !WSDIAG_PLAYERS && !WSDIAG_LONG;

const PROGRAMS = { Chromium: chromiumProgram(), Firefox: firefoxProgram() };
const missing = Object.entries(PROGRAMS).flatMap(([name, program]) => (program ? [] : [name]));
if (missing.length > 0)
  console.log(`fidelity is not played: there is no ${missing.join(' and no ')}`);

const STARTS: Record<string, (site: Site) => Promise<Player>> = {
  Chromium: async (site) =>
    new BrowserPlayer(await Chromium.start(PROGRAMS.Chromium as string), site),
  Firefox: async (site) => new BrowserPlayer(await Firefox.start(PROGRAMS.Firefox as string), site),
  headless: async () => new HeadlessPlayer(),
};

async function column(name: string, start: (site: Site) => Promise<Player>): Promise<Column> {
  const site = await Site.start();
  const player = await start(site);
  try {
    return { player: name, outcomes: await playAll(player, ROWS) };
  } finally {
    await player.stop();
    await site.stop();
  }
}

describe.skipIf(missing.length > 0)('what page and server see', () => {
  let columns: Column[] = [];

  beforeAll(async () => {
    const starts = Object.entries(STARTS).filter(
      ([name]) => !WSDIAG_PLAYERS || WSDIAG_PLAYERS.split(',').includes(name),
    );
    columns = await Promise.all(starts.map(([name, start]) => column(name, start)));
    if (!IS_WHOLE) console.log(renderTable(ROWS, columns));
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
    await expect(renderTable(ROWS, columns)).toMatchFileSnapshot('../../../docs/fidelity.md');
  });
});
