import type { Finding } from '../model/findings.ts';
import type { Bound, BoundOutcome, Comparison, Metrics } from '../model/metrics.ts';

const COMPARISONS: Record<Comparison, (value: number, bound: number) => boolean> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '==': (value, bound) => value === bound,
};

/**
 * What becomes of each bound. One on a metric that was not measured is not held, whichever way it points: who
 * expects recovery under 5 s wants to see one, and a run that lost no connection, or a log that can't tell,
 * shows none.
 */
export function measureBounds(bounds: readonly Bound[], metrics: Metrics): BoundOutcome[] {
  return bounds.map((bound) => {
    const measured = metrics[bound.metric] ?? null;
    const held = measured !== null && COMPARISONS[bound.comparison](measured, bound.value);
    return { ...bound, measured, held };
  });
}

export function crossedBounds(outcomes: readonly BoundOutcome[]): Finding[] {
  return outcomes
    .filter(({ held }) => !held)
    .map(({ metric, text, measured, where }) => ({
      code: 'threshold-crossed',
      session_id: null,
      connection_sequence: null,
      details: { metric, bound: text, value: `${measured ?? 'none'}` },
      evidence: where ? [where] : [],
    }));
}
