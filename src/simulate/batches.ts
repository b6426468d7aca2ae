import type { Sifted } from '../checks/index.ts';

/** Sessions whose records are held at the same time. */
export interface Batch {
  sessions: number[];
  /** Sessions that some of these come from, and whose records tell of it. */
  parents: number[];
}

/** Some 400 bytes a line, so about 60 MB. */
const MAX_LINES = 150_000;

/**
 * Divides suspects up so that the records of each part can be held; a session that by itself has more
 * can't be judged.
 */
export function batchesOf(
  { suspects, parents, homeless }: Sifted,
  maxLines = MAX_LINES,
): { batches: Batch[]; tooLong: number[] } {
  const batches: Batch[] = [];
  const tooLong: number[] = [];
  let batch: Batch = { sessions: [], parents: [] };
  let lines = 0;
  for (const { session, lines: ofSession } of suspects) {
    if (ofSession > maxLines) {
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
