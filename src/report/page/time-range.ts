/** The stretch of time that every chart shows, in milliseconds after the start. */
export interface TimeRange {
  from: number;
  to: number;
  readonly full: { from: number; to: number };
  set(from: number, to: number): void;
  reset(): void;
  onChange(listener: () => void): void;
}

export function createTimeRange(durationMs: number): TimeRange {
  const listeners: (() => void)[] = [];
  const full = { from: 0, to: Math.max(1, durationMs) };
  const range: TimeRange = {
    ...full,
    full,
    set(from, to) {
      if (from === range.from && to === range.to) return;
      range.from = from;
      range.to = to;
      for (const listener of listeners) listener();
    },
    reset: () => range.set(full.from, full.to),
    onChange: (listener) => listeners.push(listener),
  };
  return range;
}
