export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 120) return `${Number(seconds.toFixed(seconds < 10 ? 2 : 1))} s`;
  return clock(seconds);
}

/** Time after the start, as precise as a range of that length lets one read it. */
export function moment(seconds: number, rangeSeconds: number): string {
  if (rangeSeconds >= 300) return clock(seconds);
  const digits = [15, 1, 0.1].filter((least) => rangeSeconds < least).length;
  return `${seconds.toFixed(digits)} s`;
}

/** Time after the start to the millisecond: `3.142 s`, in long runs `27:13:08.142`. */
export function instant(ms: number, runEndMs: number): string {
  if (runEndMs < 300_000) return `${(ms / 1000).toFixed(3)} s`;
  const seconds = ms / 1000;
  const parts = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return [...parts.map(twoDigits), (seconds % 60).toFixed(3).padStart(6, '0')].join(':');
}

/** `1:05`, `2:03:00`, `3 d 04:00`. */
function clock(total: number): string {
  const days = Math.floor(total / 86_400);
  const hours = Math.floor((total % 86_400) / 3600);
  const rest = `${twoDigits((total % 3600) / 60)}:${twoDigits(total % 60)}`;
  if (days > 0) return `${days} d ${twoDigits(hours)}:${rest.slice(0, 2)}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, '');
}

const twoDigits = (value: number): string => String(Math.floor(value)).padStart(2, '0');

export const thousands = (value: number): string => value.toLocaleString('en-US');

export function counted(count: number, one: string): string {
  return `${thousands(count)} ${one}${count === 1 ? '' : 's'}`;
}

/** Steps of time, in seconds, that a person can think in. */
export const TIME_STEPS = [
  0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900,
  1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000, 31_536_000,
];

/** Round times of a range, at most so many. */
export function ticks(from: number, to: number, most: number): number[] {
  const step = TIME_STEPS.find((seconds) => (to - from) / seconds < most) ?? to - from;
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step);
}
