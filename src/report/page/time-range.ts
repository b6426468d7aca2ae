/** The stretch of time that every chart shows, and the instant that is pointed at; milliseconds after the start. */
export interface TimeRange {
  from: number;
  to: number;
  readonly full: { from: number; to: number };
  /** null: none. */
  at: number | null;
  set(from: number, to: number): void;
  /** To a range that many times as long, in which what is pointed at, or else the middle, stays where it is. */
  zoom(factor: number): void;
  reset(): void;
  onChange(listener: () => void): void;
  point(at: number | null): void;
  /** Points at what lies so many ranges from where it pointed before; the range follows. */
  step(ranges: number): void;
  onPoint(listener: () => void): void;
}

export const isWhole = ({ from, to, full }: TimeRange): boolean =>
  from === full.from && to === full.to;

/** Times in logs have no more digits. */
const SHORTEST_MS = 10;

export function createTimeRange(durationMs: number): TimeRange {
  const listeners: (() => void)[] = [];
  const pointed: (() => void)[] = [];
  const full = { from: 0, to: Math.max(1, durationMs) };
  const shortest = Math.min(SHORTEST_MS, full.to);
  const within = (ms: number) => Math.max(full.from, Math.min(full.to, ms));
  const range: TimeRange = {
    ...full,
    full,
    at: null,
    set(from, to) {
      const length = Math.max(shortest, Math.min(full.to, Math.round(to - from)));
      const begin = Math.max(full.from, Math.min(full.to - length, Math.round(from)));
      if (begin === range.from && begin + length === range.to) return;
      range.from = begin;
      range.to = begin + length;
      for (const listener of listeners) listener();
    },
    zoom(factor) {
      const { from, to, at } = range;
      const around = at === null || at < from || at > to ? (from + to) / 2 : at;
      const begin = around - (around - from) * factor;
      range.set(begin, begin + (to - from) * factor);
    },
    reset: () => range.set(full.from, full.to),
    onChange: (listener) => listeners.push(listener),
    point(at) {
      range.at = at === null ? null : within(at);
      for (const listener of pointed) listener();
    },
    step(ranges) {
      const { from, to } = range;
      const at = within((range.at ?? (from + to) / 2) + ranges * (to - from));
      if (at < from) range.set(at, at + to - from);
      else if (at > to) range.set(at - to + from, at);
      range.point(at);
    },
    onPoint: (listener) => pointed.push(listener),
  };
  return range;
}
