import { basename, dirname, join } from 'node:path';
import { LOG_FILES, TARGET_LOG } from '../core/records.ts';
import { EVENT, YES } from '../model/rows.ts';
import { createParser } from './parse.ts';
import { scanRows } from './scan.ts';
import { headOf, linesOf } from './sniff.ts';
import type { Source } from './sources.ts';
import type { ToldBound } from './told-bounds.ts';

/**
 * The same sources, with what fault logs of runs tell of the processes of their targets. A log that tells them
 * itself, and says by which schema, is taken at its word.
 *
 * @throws LogUnreadable
 */
export async function withToldBounds(sources: readonly Source[]): Promise<Source[]> {
  return Promise.all(
    sources.map(async (source) => {
      const { file } = source;
      if (basename(file) !== TARGET_LOG) return source;
      const faults = sources.find((other) => other.file === join(dirname(file), LOG_FILES.faults));
      if (!faults || tellsItself(source)) return source;
      const bounds = await boundsIn(faults);
      return bounds.length === 0 ? source : { ...source, bounds };
    }),
  );
}

function tellsItself({ file, format }: Source): boolean {
  const parse = createParser({ ...format, since: null, until: null }, 'server');
  for (const line of linesOf(headOf(file))) {
    const parsed = parse(line);
    if (parsed.kind !== 'record') continue;
    return parsed.event === 'server_started' && parsed.fields.log_schema !== undefined;
  }
  return false;
}

async function boundsIn({ format, ...faults }: Source): Promise<ToldBound[]> {
  const bounds: ToldBound[] = [];
  const whole = { ...faults, format: { ...format, since: null, until: null } };
  await scanRows([whole], (rows, row) => {
    const event = rows.event(row);
    const line = bounds.at(-1)?.line ?? 0;
    if (event === EVENT.target_started) {
      bounds.push({ event: 'server_started', line, isKilled: false });
    } else if (event === EVENT.target_ended && rows.value(row) >= line) {
      const isKilled = rows.clean(row) === YES;
      bounds.push({ event: 'server_stopped', line: rows.value(row), isKilled });
    }
  });
  return bounds;
}
