import type { Surroundings } from './shell.ts';

/** Exit codes of a process that a signal ended: 128 and its number. */
const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;
type StopSignal = keyof typeof SIGNAL_CODES;

export interface Interruption {
  readonly signal: AbortSignal;
  /** Exit code of the signal that came, or null. */
  readonly exitCode: number | null;
  /** Leaves signals to Node again. */
  release(): void;
}

/** The first signal asks to stop in good order; a second one ends the process at once. */
export function onInterrupt(surroundings: Surroundings): Interruption {
  const controller = new AbortController();
  let exitCode: number | null = null;
  const listener = (signal: StopSignal) => {
    if (exitCode !== null) endBy(signal);
    exitCode = SIGNAL_CODES[signal];
    controller.abort();
  };
  surroundings.on('SIGINT', listener).on('SIGTERM', listener);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    release: () => surroundings.off('SIGINT', listener).off('SIGTERM', listener),
  };
}

/**
 * Ends the process by the signal itself. `process.exit` would wait for its threads, and one may never be done:
 * with a long query, or with a FIFO that nobody writes to.
 */
function endBy(signal: StopSignal): void {
  process.emit('exit', SIGNAL_CODES[signal]);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Resolves once the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
