const UNITS_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration with its unit: `250ms`, `1.5s`, `2m`, `1h`. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/;

/** No scenario and no option has a longer one; a timer takes 24 days at most. */
export const MAX_DURATION_MS = 24 * 3_600_000;

/** Parses `1.5s` to 1500 milliseconds; undefined where it is no duration. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  return amount === undefined || unit === undefined
    ? undefined
    : Math.round(Number(amount) * (UNITS_MS[unit] ?? 1));
}

/** Writes 1500 milliseconds as `1.5s`: what `parseDuration` reads. */
export const formatDuration = (ms: number): string =>
  ms > 0 && ms < 1000 ? `${ms}ms` : `${ms / 1000}s`;
