import fs from 'node:fs';
import path from 'node:path';
import { type Baseline, seriesOfEntry } from '../compare/baseline.ts';
import { seriesOf } from '../compare/index.ts';
import { isRunDirectory } from '../logs/index.ts';
import type { Series, Settings } from '../model/comparison.ts';
import type { RunResult } from '../model/result.ts';
import { UsageError } from '../model/user-error.ts';
import { runDirectoryAt } from '../real/run-directory.ts';
import { resultOf } from '../report/json.ts';
import { readSummary } from '../report/read-summary.ts';
import { inEnvironment } from './errors.ts';
import { judgeRun } from './judge.ts';
import { baselineIn } from './read-baseline.ts';

/** A file of baselines: which of them is meant, the other sides say. */
interface BaselineSide {
  place: string;
  baseline: Baseline;
}

/**
 * What is to be compared: run directories, summaries, directories of several runs of one scenario, baselines.
 *
 * @throws UsageError where it is none of these
 * @throws EnvironmentError where it can't be read
 */
export async function readSeries(places: readonly string[]): Promise<Series[]> {
  const sides: (Series | BaselineSide)[] = [];
  for (const place of places) sides.push(await readSide(place));
  const names = new Set(sides.flatMap((side) => ('baseline' in side ? [] : [side.name])));
  return sides.map((side) => ('baseline' in side ? baselineOf(side, names) : side));
}

async function readSide(place: string): Promise<Series | BaselineSide> {
  const stat = fs.statSync(place, { throwIfNoEntry: false });
  if (!stat) {
    throw new UsageError(
      `${place} is not there; name a run directory, a summary.json or a baseline`,
    );
  }
  if (!stat.isDirectory()) return fileSide(place);
  const { summary } = runDirectoryAt(place);
  if (fs.existsSync(summary)) return seriesOf(place, [resultIn(summary)], await settingsAt(place));
  // Its summary may be gone, or was never written.
  if (isRunDirectory(place)) {
    return seriesOf(place, [await judgeRun(place)], await settingsAt(place));
  }
  const runs = runsIn(place);
  return seriesOf(place, resultsOf(runs, place), await settingsAt(runs[0] as string));
}

async function fileSide(file: string): Promise<Series | BaselineSide> {
  const text = textOf(file);
  if (isBaseline(text)) return { place: file, baseline: baselineIn(text, file) };
  const directory = path.dirname(file);
  const isOfRun = path.basename(file) === 'summary.json' && isRunDirectory(directory);
  return seriesOf(file, [resultOfText(text, file)], isOfRun ? await settingsAt(directory) : null);
}

const isBaseline = (text: string): boolean => /^baseline_version\s*:/m.test(text);

function baselineOf({ place, baseline }: BaselineSide, names: ReadonlySet<string>): Series {
  const known = [...baseline.keys()];
  const meant = known.length === 1 ? known : known.filter((name) => names.has(name));
  const [name] = meant;
  const entry = name === undefined ? undefined : baseline.get(name);
  if (name !== undefined && entry && meant.length === 1) return seriesOfEntry(place, name, entry);
  throw new UsageError(
    known.length === 0
      ? `${place} has no baseline in it`
      : `${place} has baselines of ${known.join(', ')}; compare it with runs of one of these`,
  );
}

/** The settings of a run's scenario, as far as it is there. What reads scenarios is loaded only then. */
async function settingsAt(directory: string): Promise<Settings | null> {
  const { scenario } = runDirectoryAt(directory);
  if (!fs.existsSync(scenario)) return null;
  const { settingsIn } = await import('../scenario/settings.ts');
  return inEnvironment(`can't read ${scenario}`, () => settingsIn(fs.readFileSync(scenario)));
}

/** All run directories in it that have a summary; the link to the latest is none by itself. */
function runsIn(directory: string): string[] {
  return inEnvironment(`can't read ${directory}`, () =>
    fs.readdirSync(directory, { withFileTypes: true }),
  )
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => path.join(directory, name))
    .filter((run) => fs.existsSync(runDirectoryAt(run).summary))
    .sort();
}

/** Of those that came to their end. */
function resultsOf(runs: readonly string[], directory: string): RunResult[] {
  const results = runs
    .map((run) => resultIn(runDirectoryAt(run).summary))
    .filter(({ interrupted }) => !interrupted);
  const names = [...new Set(results.map(({ name }) => name))];
  if (names.length === 1) return results;
  throw new UsageError(
    names.length === 0
      ? `${directory} has no run in it that came to its end; name a run directory, a summary.json, or a directory of runs`
      : `${directory} has runs of several scenarios (${names.join(', ')}); name runs of one`,
  );
}

const textOf = (file: string): string =>
  inEnvironment(`can't read ${file}`, () => fs.readFileSync(file, 'utf8'));

const resultIn = (file: string): RunResult => resultOfText(textOf(file), file);

function resultOfText(text: string, file: string): RunResult {
  const read = readSummary(text);
  if ('summary' in read) return resultOf(read.summary);
  throw new UsageError(`${file} is no summary that can be read: ${read.mistake}`);
}
