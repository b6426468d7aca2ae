import type { Cause } from '../model/causes.ts';
import type { Series, Settings, Spread } from '../model/comparison.ts';
import type { Finding, FindingCode, Verdict } from '../model/findings.ts';
import { isMetric, type MetricName } from '../model/metrics.ts';
import type { ObservationName } from '../model/observations.ts';
import type { RunResult } from '../model/result.ts';
import { isSameCause } from './same-cause.ts';
import { spreadOf } from './spread.ts';

const WORST_FIRST: Verdict[] = ['fail', 'unknown', 'pass'];

/**
 * @param results of one scenario, one at least
 * @param settings of that scenario, where it is at hand
 */
export function seriesOf(
  label: string,
  results: readonly RunResult[],
  settings: Settings | null = null,
): Series {
  const [{ name, seed, plan_hash }] = results as [RunResult];
  const verdicts = results.map(({ verdict }) => verdict);
  const metrics = new Set(
    results.flatMap((result) => Object.keys(result.metrics).filter(isMetric)),
  );
  return {
    label,
    name,
    seed,
    plan_hash,
    verdict: WORST_FIRST.find((one) => verdicts.includes(one)) ?? 'unknown',
    runs: results.length,
    metrics: Object.fromEntries([...metrics].map((metric) => [metric, spread(metric, results)])),
    close_codes: { client: closeCodes('client', results), server: closeCodes('server', results) },
    bounds: boundsOf(results),
    causes: causesOf(results),
    observations: observationsOf(results),
    attempts_over_time: results.map(({ metrics }) => metrics.attempts_over_time),
    settings,
  };
}

function spread(metric: MetricName, results: readonly RunResult[]): Spread | null {
  const values = results.map(({ metrics }) => metrics[metric] ?? null);
  return values.every((value) => value !== null) ? spreadOf(values) : null;
}

/** Measured wherever there is that log. */
const BY_LOG = { client: 'unrecovered_sessions', server: 'rejected_handshakes' } as const;

function closeCodes(
  log: 'client' | 'server',
  results: readonly RunResult[],
): Record<string, Spread> | null {
  if (results.some(({ metrics }) => metrics[BY_LOG[log]] === null)) return null;
  const all = results.map(({ metrics }) => metrics.close_codes[log]);
  const codes = new Set(all.flatMap((codes) => Object.keys(codes)));
  return Object.fromEntries(
    [...codes].map((code) => [code, spreadOf(all.map((codes) => codes[code] ?? 0))]),
  );
}

function boundsOf(results: readonly RunResult[]): Series['bounds'] {
  const bounds = new Map<string, Series['bounds'][number]>();
  for (const { metric, text, held } of results.flatMap(({ bounds }) => bounds)) {
    const key = `${metric} ${text}`;
    const known = bounds.get(key)?.held ?? 0;
    bounds.set(key, { metric, text, held: known + Number(held) });
  }
  return [...bounds.values()];
}

function causesOf(results: readonly RunResult[]): Series['causes'] {
  const causes: Series['causes'] = [];
  for (const result of results) {
    const seen = new Set<Cause>();
    for (const cause of causesIn(result)) {
      const known = causes.find((one) => isSameCause(one.cause, cause));
      if (known === undefined) causes.push({ cause, runs: 1 });
      else if (!seen.has(known.cause)) known.runs += 1;
      seen.add(known?.cause ?? cause);
    }
  }
  return causes;
}

/** What bounds and observations say by themselves. */
const OF_EXPECTATIONS: FindingCode[] = ['threshold-crossed', 'observation-unexpected'];

/** Findings of older summaries, and those about no session, have no cause: those of one code are taken for one. */
function causesIn({ causes, findings, expected_findings }: RunResult): Cause[] {
  const told = new Set([
    ...causes.flatMap(({ codes }) => codes),
    ...expected_findings.map(({ code }) => code),
    ...OF_EXPECTATIONS,
  ]);
  const codes = new Set(findings.map(({ code }) => code).filter((code) => !told.has(code)));
  return [
    ...causes,
    ...[...codes].map((code) => causeOf(findings.filter((finding) => finding.code === code))),
  ].map((cause) => ({ ...cause, examples: [] }));
}

function causeOf(findings: readonly Finding[]): Cause {
  return {
    codes: [...new Set(findings.map(({ code }) => code))],
    sessions: new Set(findings.map(({ session_id }) => session_id)).size,
    findings: findings.length,
    told_by: null,
    began_again: false,
    misnumbered: false,
    after: {},
    examples: [],
  };
}

function observationsOf(results: readonly RunResult[]): Series['observations'] {
  const runs = new Map<ObservationName, number>();
  for (const { name } of results.flatMap(({ observations }) => observations)) {
    runs.set(name, (runs.get(name) ?? 0) + 1);
  }
  return [...runs].map(([name, runs]) => ({ name, runs }));
}
