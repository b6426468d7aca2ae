import type { Mark } from '../judge/index.ts';
import type { Doubt } from '../model/findings.ts';
import type { LinePlace, LogRecord } from '../model/record.ts';
import type { RunWorker } from '../model/workers.ts';
import { shareOf } from '../scenario/shares.ts';

/**
 * Where the shares that workers had are not all that a plan deals: somebody's logs may be missing.
 *
 * @param clients null where there is no scenario
 */
export function shareDoubts(workers: readonly RunWorker[], clients: number | null): Doubt[] {
  if (clients === null) return [];
  return workers.flatMap(({ worker, name, ...told }): Doubt[] => {
    const share = shareOf(clients, worker, workers.length);
    const isIts =
      share.clients === told.clients &&
      share.first === told.first_client &&
      share.every === told.every;
    if (isIts) return [];
    const had = `${worker} (${name}) had ${told.clients} clients from client-${told.first_client} on`;
    const value = `${had}, and ${share.clients} of the scenario's ${clients} are its share`;
    return [{ code: 'worker-untold', where: null, value }];
  });
}

/** Logs that have the name of one worker, and lines of another: the former's own may be gone. */
export function strangeLogs(
  marks: readonly Mark[],
  recordAt: (place: LinePlace) => LogRecord | undefined,
  fileOf: (file: number) => string,
): Doubt[] {
  return marks.flatMap(({ worker, share, place }): Doubt[] => {
    const fields = recordAt(place)?.fields;
    if (fields === undefined || isOf(fields, worker, share)) return [];
    const where = { file: fileOf(place.file), line: place.line };
    return [{ code: 'worker-untold', where, value: `${worker}: its log has lines of another` }];
  });
}

function isOf(fields: LogRecord['fields'], worker: number, share: Mark['share']): boolean {
  if (share === null) return fields.worker === worker;
  const [, client] = /^client-(\d+)$/.exec(String(fields.client)) ?? [];
  return client === undefined || (Number(client) - share.first_client) % share.every === 0;
}
