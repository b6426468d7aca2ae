import type { Picture } from '../model/chart-data.ts';
import type { LogRecord } from '../model/record.ts';
import { FaultsFold } from './faults.ts';
import { Side } from './side.ts';

/** Folds over the records of all logs; no order need hold between two files. */
export interface PictureFold {
  onRecord(record: LogRecord): void;
  finish(): Picture;
}

/**
 * Draws the client's log, or where there is none the server's.
 *
 * @param first sessions whose lanes come first, such as those with findings
 */
export function createPicture(first: ReadonlySet<string> = new Set()): PictureFold {
  const client = new Side('client', first);
  const server = new Side('server', first);
  const faults = new FaultsFold();
  return {
    onRecord(record) {
      if (record.log === 'faults') faults.onRecord(record);
      else (record.log === 'client' ? client : server).onRecord(record);
    },
    finish() {
      const side = client.isEmpty ? 'server' : 'client';
      const drawn = (side === 'client' ? client : server).finish();
      return { side, ...drawn, faults: faults.finish(drawn.started_at_ms) };
    },
  };
}
