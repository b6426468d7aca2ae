/** Each divides the next, so that buckets can be joined. */
const WIDTHS_MS = [
  1, 10, 50, 100, 500, 1000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 3_600_000, 21_600_000,
  86_400_000,
];
const MAX_BUCKETS = 8192;

/** Sums by time, in buckets that grow when there are too many: memory does not grow with the logs. */
export class TimeCounts {
  widthMs: number;
  #buckets = new Map<number, number>();

  constructor(widthMs: number) {
    this.widthMs = widthMs;
  }

  /** @param timeMs milliseconds since the epoch */
  add(timeMs: number, count = 1): void {
    const bucket = Math.floor(timeMs / this.widthMs);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count);
    if (this.#buckets.size > MAX_BUCKETS) this.#widen();
  }

  /** Joins buckets until they are as wide as that. */
  widenTo(widthMs: number): void {
    while (this.widthMs < widthMs) this.#widen();
  }

  /** The next wider buckets. */
  static wider(widthMs: number): number {
    return WIDTHS_MS.find((width) => width > widthMs) ?? widthMs * 10;
  }

  /** The buckets' beginnings, milliseconds since the epoch, with their sums; in order of time. */
  entries(): [timeMs: number, sum: number][] {
    return [...this.#buckets]
      .sort(([one], [other]) => one - other)
      .map(([bucket, sum]) => [bucket * this.widthMs, sum]);
  }

  #widen(): void {
    const entries = this.entries();
    this.widthMs = TimeCounts.wider(this.widthMs);
    this.#buckets = new Map();
    for (const [timeMs, sum] of entries) this.add(timeMs, sum);
  }
}
