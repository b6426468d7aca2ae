import { recogniseLogs } from '../../src/logs/recognise.ts';
import { readRecords } from '../../src/logs/scan.ts';
import { findSources } from '../../src/logs/sources.ts';

/** What a line tells; what it does not tell is left out at the end. */
export type Told = [
  time: string,
  event: string,
  session?: string | undefined,
  client?: string | undefined,
  code?: number | undefined,
  seconds?: number | undefined,
];

/** What a log tells that nobody described. */
export async function toldBy(log: string) {
  const { sources, recognised } = await recogniseLogs(findSources([log]));
  const told: Told[] = [];
  const [file] = await readRecords(sources, {
    onRecord({ time, event, session_id, client_id, fields }) {
      if (event === 'connection_named') return;
      const { close_code: code, duration_seconds: seconds } = fields as Record<string, number>;
      const line = [new Date(time).toISOString(), event, session_id, client_id, code, seconds];
      told.push(line.slice(0, line.findLastIndex((value) => value != null) + 1) as Told);
    },
  });
  return { told, file, recognised: recognised.map(({ format }) => format) };
}
