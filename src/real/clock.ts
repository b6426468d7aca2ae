import type { Clock } from '../core/host.ts';

/** Wall time, as the state machines take it. */
export const realClock: Clock = {
  now: () => performance.now(),
  setTimer: (delayMs, fire) => {
    // setTimeout(0) waits a whole millisecond.
    if (delayMs <= 0) return { immediate: setImmediate(fire) };
    return { timeout: setTimeout(fire, delayMs) };
  },
  clearTimer: (timer) => {
    const { immediate, timeout } = (timer ?? {}) as {
      immediate?: NodeJS.Immediate;
      timeout?: NodeJS.Timeout;
    };
    clearImmediate(immediate);
    clearTimeout(timeout);
  },
};
