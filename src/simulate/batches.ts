import type { Sifted } from '../checks/index.ts';

/** Sessions whose records are held at the same time. */
export interface Batch {
  sessions: number[];
  /** Sessions that some of these come from, and whose records tell of it. */
  parents: number[];
}

/** Lines take up to a kilobyte, and as much again before it is collected. */
const BATCH_LINES = 15_000;
const MAX_SESSION_LINES = 100_000;
/** Each is a file that is open at the same time as the others. */
const MAX_BATCHES = 200;

/**
 * Divides suspects up so that the records of each part can be held; a session with more lines than can be
 * held can't be judged.
 */
export function batchesOf({ suspects, parents, homeless }: Sifted): {
  batches: Batch[];
  tooLong: number[];
} {
  const total = suspects.reduce((sum, suspect) => sum + suspect.lines, 0);
  const maxLines = Math.max(BATCH_LINES, total / MAX_BATCHES);
  const batches: Batch[] = [];
  const tooLong: number[] = [];
  let batch: Batch = { sessions: [], parents: [] };
  let lines = 0;
  for (const { session, lines: ofSession } of suspects) {
    if (ofSession > MAX_SESSION_LINES) {
      tooLong.push(session);
      continue;
    }
    if (lines > 0 && lines + ofSession > maxLines) {
      batches.push(batch);
      batch = { sessions: [], parents: [] };
      lines = 0;
    }
    batch.sessions.push(session);
    const parent = parents.get(session);
    if (parent !== undefined) batch.parents.push(parent);
    lines += ofSession;
  }
  // Lines that name no session are looked at even where no session is.
  if (lines > 0 || (batches.length === 0 && homeless > 0)) batches.push(batch);
  return { batches, tooLong };
}
