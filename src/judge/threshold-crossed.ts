import type { Finding } from '../model/findings.ts';
import type { Bound, Comparison, Metrics } from '../model/metrics.ts';

const COMPARISONS: Record<Comparison, (value: number, bound: number) => boolean> = {
  '<': (value, bound) => value < bound,
  '<=': (value, bound) => value <= bound,
  '>': (value, bound) => value > bound,
  '>=': (value, bound) => value >= bound,
  '==': (value, bound) => value === bound,
};

/**
 * The bounds that a run does not keep. One on a metric that was not measured is not kept, whichever
 * way it points: who expects recovery under 5 s wants to see one, and a run that lost no connection,
 * or a log that can't tell, shows none.
 */
export function crossedBounds(bounds: Bound[], metrics: Metrics): Finding[] {
  return bounds
    .filter(({ metric, comparison, value }) => {
      const measured = metrics[metric];
      return measured === null || !COMPARISONS[comparison](measured, value);
    })
    .map(({ metric, text }) => ({
      code: 'threshold-crossed',
      session_id: null,
      connection_sequence: null,
      details: { metric, bound: text, value: `${metrics[metric] ?? 'none'}` },
      evidence: [],
    }));
}
