import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 10;

/** How late this process's event loop ran. */
export class LoopDelay {
  readonly #histogram: IntervalHistogram;

  constructor() {
    this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#histogram.enable();
  }

  /** 99th percentile since the start, in milliseconds beyond the sampling interval. */
  stop(): number {
    this.#histogram.disable();
    const p99 = this.#histogram.percentile(99) / 1e6 - RESOLUTION_MS;
    return Math.max(0, Math.round(p99 * 10) / 10);
  }
}
