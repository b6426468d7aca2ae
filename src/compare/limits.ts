import { parseDuration } from '../core/duration.ts';
import { MS_IN } from '../model/bounds.ts';
import type { Limit, LimitOutcome, SeriesComparison } from '../model/comparison.ts';
import { isMetric, type MetricName, unitOf } from '../model/metrics.ts';
import { UsageError } from '../model/user-error.ts';

const PARTS = /^(\s*)(\w*)(\s*)(?:([<>])(\s*)(?:([+-])\s*(.*?)\s*$)?)?/;
const PERCENT = /^(\d+(?:\.\d+)?) ?%$/;

/**
 * `recovery_p95>+20%`, `recovery_p95 > +500ms`, `losses>+0`; `welcomed<-5%` of what must not fall.
 *
 * @throws UsageError that says at which character
 */
export function limitOf(text: string): Limit {
  const [, before = '', name = '', between = '', comparison, after = '', sign, amount = ''] =
    PARTS.exec(text) ?? [];
  let at = before.length;
  if (!isMetric(name))
    throw wrong(
      text,
      at,
      name === '' ? 'the name of a metric' : `a metric, and there is no "${name}"`,
    );
  at += name.length + between.length;
  if (comparison === undefined) throw wrong(text, at, '">+" or "<-"');
  at += 1 + after.length;
  if (sign !== (comparison === '>' ? '+' : '-')) {
    throw wrong(text, at, comparison === '>' ? '"+", as in ">+20%"' : '"-", as in "<-20%"');
  }
  at = text.trimEnd().length - amount.length;
  return {
    metric: name,
    text: text.trim(),
    sign: comparison === '>' ? 1 : -1,
    ...most(text, at, name, amount),
  };
}

function most(text: string, at: number, metric: MetricName, amount: string) {
  const unit = unitOf(metric);
  const [, percent] = PERCENT.exec(amount) ?? [];
  // Shares are told to six places.
  if (percent !== undefined) {
    return { by: 'share', most: Number((Number(percent) / 100).toFixed(6)) } as const;
  }
  if (unit === 'count') {
    if (/^\d+$/.test(amount)) return { by: 'difference', most: Number(amount) } as const;
    throw wrong(text, at, 'a count or a percentage, such as 3 or 20%');
  }
  const ms = parseDuration(amount.replace(' ', ''));
  if (ms === undefined) throw wrong(text, at, 'a duration or a percentage, such as 500ms or 20%');
  return { by: 'difference', most: ms / MS_IN[unit] } as const;
}

const wrong = (text: string, at: number, expected: string): UsageError =>
  new UsageError(
    `At character ${at + 1} of "${text}", expected ${expected}; try 'recovery_p95>+20%' or 'losses>+0'.`,
  );

/** What becomes of each limit in each series but the first. It is the user's own, so noise is not taken off. */
export function holdToLimits(
  limits: readonly Limit[],
  { metrics, series }: SeriesComparison,
): LimitOutcome[] {
  return limits.flatMap((limit) => {
    const changes = metrics.find(({ metric }) => metric === limit.metric)?.changes ?? [];
    return series.slice(1).map((_, index) => {
      const change = changes[index];
      return { limit, series: index + 1, held: change ? isHeld(limit, change) : null };
    });
  });
}

function isHeld({ sign, by, most }: Limit, change: { difference: number; share: number | null }) {
  const moved = change.difference * sign;
  // What was 0 and is not has risen by more than any share.
  if (by === 'difference') return moved <= most;
  return change.share === null ? moved <= 0 : change.share * sign <= most;
}
