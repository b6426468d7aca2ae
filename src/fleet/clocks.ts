import type { NatsConnection } from '@nats-io/transport-node';
import { clockReading, encode, parseMessage, SUBJECTS } from './messages.ts';

/** How another process's clocks stand to this one's. */
export interface ClockOffset {
  /** Its `performance.now()` less this process's, milliseconds. */
  monotonicMs: number;
  /** Its wall clock less this one's, milliseconds. */
  wallMs: number;
  /** The former is known to within this: half of the round trip that it was measured by. */
  errorMs: number;
}

/** Wall clocks are read in whole milliseconds, at both ends. */
export const WALL_STEP_MS = 1;

const ROUND_TRIPS = 25;
const ANSWER_WITHIN_MS = 1000;

/** Both clocks of a process, milliseconds. */
export interface Clocks {
  monotonic(): number;
  wall(): number;
}

export const OWN_CLOCKS: Clocks = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
};

/**
 * Measures a worker's clocks by the fastest of many round trips, for that has the least room for error
 * (F. Cristian, 1989).
 */
export async function measureClock(
  nats: NatsConnection,
  workerId: string,
  { monotonic, wall }: Clocks = OWN_CLOCKS,
): Promise<ClockOffset> {
  let best: ClockOffset | undefined;
  for (let trip = 0; trip < ROUND_TRIPS; trip += 1) {
    const sent = monotonic();
    const { data } = await nats.request(SUBJECTS.worker(workerId), encode({ type: 'clock' }), {
      timeout: ANSWER_WITHIN_MS,
    });
    const received = monotonic();
    const wallReceived = wall();
    const reading = parseMessage(clockReading, data);
    const errorMs = (received - sent) / 2;
    if (best && best.errorMs <= errorMs) continue;
    best = {
      monotonicMs: reading.monotonic_ms - (sent + received) / 2,
      wallMs: reading.wall_ms - (wallReceived - errorMs),
      errorMs,
    };
  }
  return best as ClockOffset;
}
