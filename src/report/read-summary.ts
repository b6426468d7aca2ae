import { type BoundOutcome, METRICS, type Metrics, unitOf } from '../model/metrics.ts';
import { toSummary } from '../model/summary-metrics.ts';
import { SUMMARY_VERSION, type Summary } from './json.ts';
import { summarySchema } from './summary-schema.ts';

type Read = { summary: Summary } | { mistake: string };

/** What a file says that should be a summary: one of version 1 as one of version 2, or why it is none. */
export function readSummary(text: string): Read {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { mistake: `it is not JSON (${(error as Error).message})` };
  }
  const { summary_version: version } = (value ?? {}) as { summary_version?: unknown };
  if (version === undefined) return { mistake: 'it has no summary_version' };
  if (version !== 1 && version !== SUMMARY_VERSION) {
    const shown = typeof version === 'number' ? version : 'no number';
    return { mistake: `its summary_version is ${shown}, and this wsdiag reads 1 and 2` };
  }
  const summary = version === 1 ? liftedIfSound(value as Partial<Version1>) : value;
  const { error } = summarySchema.safeParse(summary);
  if (!error) return { summary: summary as Summary };
  const [{ path, message } = { path: [], message: '' }] = error.issues;
  return { mistake: `${path.join('.')} is wrong: ${message}` };
}

/** Older ones lack what was added under that version: bounds, causes and observations, and some metrics. */
interface Version1 extends Omit<Partial<Summary>, 'metrics' | 'bounds'> {
  metrics: Metrics;
  bounds: BoundOutcome[];
}

/** What is no summary of version 1 is left as it is, to be told by the schema what is wrong with it. */
function liftedIfSound(value: Partial<Version1>): object {
  try {
    return lifted(value);
  } catch (error) {
    if (error instanceof TypeError) return value;
    throw error;
  }
}

function lifted({ metrics, bounds = [], causes = [], ...rest }: Partial<Version1>): object {
  const unmeasured = Object.fromEntries(Object.keys(METRICS).map((name) => [name, null]));
  return {
    observations: [],
    ...rest,
    causes: causes.map(({ misnumbered = false, ...cause }) => ({ ...cause, misnumbered })),
    summary_version: SUMMARY_VERSION,
    plan_hash: null,
    expected_observations: [],
    metrics: metrics && toSummary({ ...unmeasured, ...metrics }),
    bounds: bounds.map((bound) => ({ ...bound, unit: unitOf(bound.metric) })),
  };
}
