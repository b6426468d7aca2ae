import { type Outcome, outcomeOf } from './outcome.ts';
import { CannotPlay, type Player } from './player.ts';
import { Stage } from './stage.ts';
import type { StoryRow } from './story.ts';

/** Rows that one browser plays: `link` and `last` have browsers of their own. */
export type Part = 'most' | 'link' | 'last';

export const isOfPart = ({ when }: StoryRow, part: Part): boolean =>
  part === 'most' ? when === undefined || when === 'along' : when === part;

/** Plays a part of the rows for one player; what came of each, by its name. */
export async function playPart(
  player: Player,
  rows: StoryRow[],
  part: Part,
): Promise<Map<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const along: Promise<void>[] = [];
  const playAt = async (when: StoryRow['when']) => {
    const ofPart = rows.filter((each) => each.when === when);
    // Those that wait longest stand last.
    for (const row of when === 'along' ? ofPart.toReversed() : ofPart) {
      const stage = await setUp(player, row);
      const played = play(player, row, stage).then((outcome) => {
        outcomes.set(row.name, outcome);
      });
      if (when === 'along') along.push(played);
      else await played;
    }
  };
  if (part !== 'most') {
    await playAt(part);
    return outcomes;
  }
  // One after the other they are set up, for a browser says only that some tab has opened.
  await playAt('along');
  await playAt(undefined);
  await Promise.all(along);
  return outcomes;
}

/** A row's stage, or why there is none. */
async function setUp(player: Player, row: StoryRow): Promise<Stage | Error> {
  let stage: Stage | null = null;
  try {
    stage = await connected(player, { row: row.name, ...row.on });
    for (let tab = 2; tab <= (row.tabs ?? 1); tab++) {
      stage.others.push(await connected(player, { row: `${row.name}, tab ${tab}`, ...row.on }));
    }
    await stage.quiet();
    stage.mark();
    return stage;
  } catch (error) {
    await stage?.close();
    return error as Error;
  }
}

/** `again`: whether a page of which nothing was seen is given up for another, as a busy browser may lose one. */
async function connected(
  player: Player,
  options: Parameters<typeof Stage.open>[1],
  again = true,
): Promise<Stage> {
  const stage = await Stage.open(player, options);
  try {
    await stage.opened(options.kind === 'frames' ? 2 : 1);
    return stage;
  } catch (error) {
    await stage.close();
    if (again && stage.seen.length === 0) return connected(player, options, false);
    throw error;
  }
}

async function play(player: Player, row: StoryRow, stage: Stage | Error): Promise<Outcome> {
  const started = Date.now();
  try {
    if (stage instanceof Error) throw stage;
    const look = (await row.play(stage, player)) ?? {};
    await stage.quiet();
    const outcome = outcomeOf(stage, look);
    if (row.check) outcome.end += `; ${await stage.check()}`;
    return outcome;
  } catch (error) {
    if (error instanceof CannotPlay) return { cannot: error.message };
    // The other rows are worth seeing all the same.
    return { failed: (error as Error).message };
  } finally {
    if (stage instanceof Stage) await stage.close();
    if (process.env.WSDIAG_TIMES)
      console.log(
        `${new Date().toISOString()} ${player.name}, ${row.name}: ${Date.now() - started} ms`,
      );
  }
}
