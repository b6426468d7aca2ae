/** Runs whose clients several workers played. */
import { describe, expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import { LOG_FILES } from '../../src/core/records.ts';
import type { Finding } from '../../src/model/findings.ts';
import type { RunResult } from '../../src/model/result.ts';
import { judgeRun } from '../../src/simulate/judge.ts';
import { change } from '../judge/judging.ts';
import { type Line, type Lines, play } from '../judge/world.ts';
import { dealt, type LogsByName, together, written } from '../support/dealt.ts';
import { defectiveLogs, soundRun } from '../support/defective-logs.ts';
import { EVERYTHING, soundLines } from '../support/sound-lines.ts';
import { isThorough } from '../support/thorough.ts';

/** What is judged, but for where it stands. */
function judged({ verdict, findings, causes, metrics, excused, ...result }: RunResult) {
  const placeless = ({ evidence: _, ...finding }: Finding) => JSON.stringify(finding);
  return {
    verdict,
    findings: findings.map(placeless).toSorted(),
    causes: causes.map(({ examples: _, ...cause }) => ({
      ...cause,
      codes: cause.codes.toSorted(),
    })),
    metrics,
    excused,
    bounds: result.bounds,
    coverage: result.coverage,
    // Sessions are named in the order of their lines.
    doubts: result.doubts.map(({ code, value }) => [code, ...value.split(/[ ,]+/).toSorted()]),
    // Of several sessions in which it shows as much, the first line's is named.
    observations: result.observations.map(({ name, told_by, details }) => [name, told_by, details]),
    span: [result.started_at, result.duration_seconds],
  };
}

const WORKERS = [1, 2, 3, 7];

/** @param areInOrder by one clock, that is how lines are put together which stand in several logs */
async function expectTheSame(lines: Lines, areInOrder = true, isTold = true): Promise<void> {
  const of = async (logs: LogsByName) => {
    const { [LOG_FILES.server]: server, ...others } = logs;
    const result = judged(await judgeRun(written(isTold ? logs : others)));
    const { peak_sessions_down, ...metrics } = result.metrics;
    return areInOrder ? result : { ...result, metrics };
  };
  const whole = await of(together(lines));
  for (const workers of WORKERS) expect(await of(dealt(lines, workers))).toEqual(whole);
}

const seeds = (thorough: number, few: number): number[] =>
  Array.from({ length: isThorough ? thorough : few }, (_, seed) => seed);

describe('what is judged of a run', () => {
  it('is the same however many workers played it', () =>
    expectTheSame(soundLines([...EVERYTHING, 'open', 'open', 'kill', 'open', 'kill'])));

  it('is the same where its server broke off twice, and a fault killed it once', async () => {
    const lines = play(['open', 'open', 'kill', 'open', 'kill']);
    const kills = lines.faults.filter(({ kills_server }) => kills_server);
    const { occurrence } = kills.at(-1) as Line;
    const once = change(lines, 'faults', (all) =>
      all.filter((line) => line.occurrence !== occurrence),
    );
    await expectTheSame(once);
    const { doubts } = await judgeRun(written(dealt(once, 2)));
    expect(doubts).toMatchObject([{ code: 'kill-unexplained' }]);
  });

  it.each(seeds(100, 2))('is the same where much is wrong with it, seed %i', (seed) => {
    const random = randomFor(seed, 'workers');
    const lines = defectiveLogs(random, 'a run', { tabs: 20, steps: 120, edits: 12 });
    return expectTheSame(lines as Lines, false);
  });

  it.each(seeds(30, 1))('is the same of a storm, seed %i', (seed) =>
    expectTheSame(soundRun(randomFor(seed, 'storm'), { tabs: 40, steps: 200 })),
  );

  it.each(seeds(30, 1))('is the same where its server has no log, seed %i', (seed) =>
    expectTheSame(soundRun(randomFor(seed, 'clients'), { tabs: 40, steps: 200 }), true, false),
  );
});
