import type { Compared, LimitOutcome, SeriesComparison } from '../model/comparison.ts';
import { fieldOf } from '../model/summary-metrics.ts';
import { causeJson } from './causes.ts';
import { headlines, notes } from './comparison.ts';
import { safeJson } from './safe-json.ts';

const COMPARISON_VERSION = 1;

/** The comparison for programs. All lists of values are in the order of the series, the changes are against the first. */
export function comparisonJson(
  comparison: SeriesComparison,
  outcomes: readonly LimitOutcome[],
): string {
  const { series, settings, metrics, close_codes, bounds, causes, observations } = comparison;
  const json = {
    comparison_version: COMPARISON_VERSION,
    series: series.map(({ label, name, seed, plan_hash, verdict, runs }) => ({
      label,
      name,
      seed,
      plan_hash,
      verdict,
      runs,
    })),
    notes: notes(comparison),
    settings,
    headlines: headlines(comparison),
    metrics: Object.fromEntries(metrics.map((row) => [fieldOf(row.metric), comparedJson(row)])),
    close_codes: close_codes.map(({ log, code, ...row }) => ({ log, code, ...comparedJson(row) })),
    bounds,
    causes: causes.map(({ cause, runs }) => ({ ...causeJson(cause), runs })),
    observations,
    limits: outcomes.map(({ limit, series, held }) => ({ limit: limit.text, series, held })),
  };
  return `${safeJson(json)}\n`;
}

const comparedJson = ({ values, changes }: Compared) => ({ values, changes });
