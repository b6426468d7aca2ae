import fs from 'node:fs';
import path from 'node:path';
import { seriesOf } from '../compare/index.ts';
import { isRunDirectory } from '../logs/index.ts';
import type { Series } from '../model/comparison.ts';
import type { RunResult } from '../model/result.ts';
import { UsageError } from '../model/user-error.ts';
import { runDirectoryAt } from '../real/run-directory.ts';
import { resultOf } from '../report/json.ts';
import { readSummary } from '../report/read-summary.ts';
import { inEnvironment } from './errors.ts';
import { judgeRun } from './judge.ts';

/**
 * What is to be compared: a run directory, a summary, or a directory of several runs of one scenario.
 *
 * @throws UsageError where it is none of these
 * @throws EnvironmentError where it can't be read
 */
export async function readSeries(place: string): Promise<Series> {
  const stat = fs.statSync(place, { throwIfNoEntry: false });
  if (!stat) throw new UsageError(`${place} is not there; name a run directory or a summary.json`);
  if (!stat.isDirectory()) return seriesOf(place, [resultIn(place)]);
  const { summary } = runDirectoryAt(place);
  if (fs.existsSync(summary)) return seriesOf(place, [resultIn(summary)]);
  // Its summary may be gone, or was never written.
  if (isRunDirectory(place)) return seriesOf(place, [await judgeRun(place)]);
  return seriesOf(place, resultsIn(place));
}

/** Of all runs in it that came to their end; the link to the latest is none by itself. */
function resultsIn(directory: string): RunResult[] {
  const results = inEnvironment(`can't read ${directory}`, () =>
    fs.readdirSync(directory, { withFileTypes: true }),
  )
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => runDirectoryAt(path.join(directory, name)).summary)
    .filter((file) => fs.existsSync(file))
    .sort()
    .map(resultIn)
    .filter(({ interrupted }) => !interrupted);
  const names = [...new Set(results.map(({ name }) => name))];
  if (names.length === 1) return results;
  throw new UsageError(
    names.length === 0
      ? `${directory} has no run in it that came to its end; name a run directory, a summary.json, or a directory of runs`
      : `${directory} has runs of several scenarios (${names.join(', ')}); name runs of one`,
  );
}

function resultIn(file: string): RunResult {
  const text = inEnvironment(`can't read ${file}`, () => fs.readFileSync(file, 'utf8'));
  const read = readSummary(text);
  if ('summary' in read) return resultOf(read.summary);
  throw new UsageError(`${file} is no summary that can be read: ${read.mistake}`);
}
