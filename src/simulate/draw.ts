import { statSync } from 'node:fs';
import { readRecords, type Source } from '../logs/index.ts';
import type { Picture } from '../model/chart-data.ts';
import type { RunResult } from '../model/result.ts';
import { createPicture } from '../views/index.ts';

/**
 * What is drawn of the logs that a result was judged by: a second pass over them. Sessions with
 * findings come first. null where they can't be read again.
 *
 * @throws LogUnreadable
 */
export async function drawLogs(
  sources: readonly Source[],
  { findings }: RunResult,
): Promise<Picture | null> {
  if (!sources.every(canBeReadAgain)) return null;
  const found = findings.flatMap(({ session_id }) => session_id ?? []);
  const picture = createPicture(new Set(found));
  await readRecords(sources, picture);
  return picture.finish();
}

/** Standard input and pipes are gone once they are read. */
const canBeReadAgain = ({ file }: Source): boolean =>
  statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
