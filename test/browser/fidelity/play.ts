import { type Outcome, outcomeOf } from './outcome.ts';
import { CannotPlay, type Player } from './player.ts';
import { Stage } from './stage.ts';
import type { StoryRow } from './story.ts';

/** Plays all rows for one player; what came of each, by its name. */
export async function playAll(
  player: Player,
  rows: StoryRow[],
  link = false,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const along: Promise<void>[] = [];
  const playAt = async (when: StoryRow['when']) => {
    for (const row of rows.filter((each) => each.when === when)) {
      const stage = await setUp(player, row);
      const played = play(player, row, stage).then((outcome) => {
        outcomes.set(row.name, outcome);
      });
      if (when === 'along') along.push(played);
      else await played;
    }
  };
  if (link) {
    await playAt('link');
    return outcomes;
  }
  // One after the other they are set up, for a browser says only that some tab has opened.
  await playAt('along');
  await playAt(undefined);
  await Promise.all(along);
  await playAt('last');
  return outcomes;
}

/** A row's stage, or why there is none. */
async function setUp(player: Player, row: StoryRow): Promise<Stage | Error> {
  try {
    const stage = await Stage.open(player, { row: row.name, ...row.on });
    await stage.opened(1);
    await stage.quiet();
    stage.mark();
    return stage;
  } catch (error) {
    return error as Error;
  }
}

async function play(player: Player, row: StoryRow, stage: Stage | Error): Promise<Outcome> {
  const started = Date.now();
  try {
    if (stage instanceof Error) throw stage;
    const look = (await row.play(stage, player)) ?? {};
    await stage.quiet();
    return outcomeOf(stage, look);
  } catch (error) {
    if (error instanceof CannotPlay) return { cannot: error.message };
    // The other rows are worth seeing all the same.
    return { failed: (error as Error).message };
  } finally {
    if (stage instanceof Stage) await stage.close();
    if (process.env.WSDIAG_TIMES) console.log(player.name, row.name, Date.now() - started, 'ms');
  }
}
