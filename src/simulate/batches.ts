import type { Sifted } from '../judge/index.ts';

/** Sessions whose records are held at the same time. */
export interface Batch {
  sessions: number[];
  /** Sessions that some of these come from, and whose records tell of it. */
  parents: number[];
}

/** Lines take up to a kilobyte, and as much again before it is collected. */
const BATCH_LINES = 15_000;
const MAX_SESSION_LINES = 100_000;
/** Of one wave. Each batch is a file that is open at the same time as the others. */
const MAX_BATCHES = 200;
/** Of one wave, for their names are held. */
const MAX_SESSIONS = 100_000;

/**
 * Divides suspects up so that the records of each part can be held; a session with more lines than can be
 * held can't be judged.
 */
export function batchesOf({ suspects, parents, homeless }: Sifted): {
  batches: Batch[];
  tooLong: number[];
} {
  const batches: Batch[] = [];
  const tooLong: number[] = [];
  let batch: Batch = { sessions: [], parents: [] };
  let lines = 0;
  for (const { session, lines: ofSession } of suspects) {
    if (ofSession > MAX_SESSION_LINES) {
      tooLong.push(session);
      continue;
    }
    if (lines > 0 && lines + ofSession > BATCH_LINES) {
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

/** Batches whose lines are looked for together, in one pass over the logs. */
export function wavesOf(batches: readonly Batch[]): Batch[][] {
  const waves: Batch[][] = [];
  let wave: Batch[] = [];
  let held = 0;
  for (const batch of batches) {
    const sessions = batch.sessions.length + batch.parents.length;
    if (wave.length === MAX_BATCHES || held + sessions > MAX_SESSIONS) {
      waves.push(wave);
      wave = [];
      held = 0;
    }
    wave.push(batch);
    held += sessions;
  }
  return wave.length > 0 ? [...waves, wave] : waves;
}
