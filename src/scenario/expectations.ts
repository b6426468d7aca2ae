import { boundForm, parseBound } from '../model/bounds.ts';
import {
  type Bound,
  type Expectations,
  isMetric,
  METRICS,
  type MetricName,
  unitOf,
} from '../model/metrics.ts';
import { OBSERVATION_NAMES, OBSERVATIONS, type ObservationName } from '../model/observations.ts';
import { UsageError } from '../model/user-error.ts';
import { suggest } from '../yaml/suggest.ts';

/** As they are listed. */
export const METRIC_NAMES = [...Object.keys(METRICS), 'recovery_pNN'];

/** What to do about a percentile that there is none of; undefined where the name is no percentile's. */
export const otherPercentile = (name: string): string | undefined =>
  /^recovery_p(?:[\d.]+|NN)$/.test(name)
    ? 'percentiles are recovery_p1 to recovery_p99, and the longest is recovery_max'
    : undefined;

/**
 * `peak_attempts_per_second<=20`, or as a scenario has it, `recovery_p95: "< 5s"`, `lockstep: none`; beside what
 * was said before.
 *
 * @throws UsageError
 */
export function expectationOf(text: string, earlier?: Expectations): Expectations {
  const [, name = '', given = ''] = /^\s*([\w.-]*)\s*:?\s*(.*?)\s*$/s.exec(text) ?? [];
  const value = given.replace(/^(["'])(.*)\1$/, '$2');
  const { bounds = [], findings = [], observations = [] } = earlier ?? {};
  return isMetric(name)
    ? { bounds: [...bounds, boundOf(name, value)], findings, observations }
    : { bounds, findings, observations: [...observations, ...observationsOf(name, value)] };
}

function boundOf(metric: MetricName, text: string): Bound {
  const unit = unitOf(metric);
  const bound = parseBound(text, unit);
  if (bound) return { metric, ...bound };
  throw new UsageError(`${metric} takes ${boundForm(unit).expected(text)}.`);
}

const ALL = 'observations';

/** Those that must not be made. */
function observationsOf(name: string, value: string): ObservationName[] {
  const isOne = Object.hasOwn(OBSERVATIONS, name);
  if (!isOne && name !== ALL) {
    const known = [...METRIC_NAMES, ALL, ...OBSERVATION_NAMES];
    const cure = otherPercentile(name) ?? suggest(name, known);
    throw new UsageError(`There is no metric or observation "${name}"; ${cure}`);
  }
  if (value !== 'none') throw new UsageError(`${name} takes none, as in '${name}: none'.`);
  return isOne ? [name as ObservationName] : OBSERVATION_NAMES;
}
