import type { Clock } from '../core/host.ts';

/** Wall time, as the state machines take it. */
export const realClock: Clock = {
  now: () => performance.now(),
  setTimer: (delayMs, fire) => setTimeout(fire, delayMs),
  clearTimer: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};
