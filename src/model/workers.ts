import type { WorkerLostReason } from '../core/records.ts';
import type { LinePlace } from './record.ts';

/** By how much a worker's clock may move against the coordinator's, unless a scenario says otherwise. */
export const DEFAULT_SKEW_MS = 50;

/** A process that played some of a run's clients. */
export interface RunWorker {
  /** From 1. */
  worker: number;
  name: string;
  machine: string;
  /** How many it played: `client-first`, `client-(first + every)`, …. */
  clients: number;
  first_client: number;
  every: number;
  /** Its wall clock less the coordinator's, when it joined; its log is told by the coordinator's. */
  clock_offset_ms: number;
  /** The offset is known to within this. */
  clock_error_ms: number;
  /** By how much the offset had changed at the end; null where it was not read again. */
  clock_moved_ms: number | null;
  /** How the coordinator lost it; null where it played to its end. */
  lost: WorkerLostReason | null;
  /** Dials that its client log has; null where it has none. */
  attempts: number | null;
}

/** The fault that should have been one moment for all workers, and was least so. */
export interface MomentsApart {
  /** From the first line about it, of any process, to the first of the process that was last. */
  apart_ms: number;
  fault: string;
  occurrence: number;
}

/** What a line about a worker says. */
export type WorkerNote =
  | ({ what: 'joined' } & Omit<RunWorker, 'clock_moved_ms' | 'lost' | 'attempts'>)
  | {
      what: 'left';
      worker: number;
      clock_offset_ms: number | null;
      clock_error_ms: number | null;
    }
  | { what: 'lost'; worker: number; reason: WorkerLostReason; error: string };

/** What several processes made of one run; the fault is named by a line of it. */
export interface Played {
  workers: RunWorker[];
  apart: { apart_ms: number; occurrence: number; place: LinePlace } | null;
}
