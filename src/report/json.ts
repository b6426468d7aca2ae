import type { Doubt, Finding } from '../model/findings.ts';
import { unitOf } from '../model/metrics.ts';
import type { RunResult } from '../model/result.ts';
import { ofSummary, toSummary } from '../model/summary-metrics.ts';
import { causeMessage, causeRule } from './causes.ts';
import { doubtMessage, findingMessage } from './messages.ts';
import { observationCommand, observationMessage } from './observations.ts';
import type { Reporter } from './reporter.ts';
import { safeJson } from './safe-json.ts';

/** A field is only ever added under one version. */
export const SUMMARY_VERSION = 2;

export const json: Reporter = {
  kind: 'document',
  render: (reported, options) =>
    reported.map(({ result }) => reportJson(result, options?.command)).join(''),
};

/** Doubts that mean that not all of the run is in the logs. */
const INCOMPLETE = new Set<Doubt['code']>([
  'line-damaged',
  'log-truncated',
  'log-changed',
  'log-incomplete',
  'log-missing',
  'interrupted',
  'worker-lost',
  'worker-untold',
  'history-missing',
]);

const withMessage = (finding: Finding) => ({ ...finding, message: findingMessage(finding) });

/**
 * The result as `summary.json` has it.
 *
 * @param command how wsdiag is called, in commands of observations as in `replay`
 */
export function jsonSummary(result: RunResult, command?: string) {
  const { verdict, findings, causes, observations, doubts, metrics, bounds, evidence, ...rest } =
    result;
  const { expected_causes: _, ...run } = rest;
  return {
    summary_version: SUMMARY_VERSION,
    verdict,
    complete: !result.interrupted && !doubts.some(({ code }) => INCOMPLETE.has(code)),
    ...run,
    metrics: toSummary(metrics),
    bounds: bounds.map((bound) => ({ ...bound, unit: unitOf(bound.metric) })),
    causes: causes.map((cause) => ({
      ...cause,
      message: causeMessage(cause),
      rule: causeRule(cause),
      examples: cause.examples.map(withMessage),
    })),
    findings: findings.map(withMessage),
    observations: observations.map((observation) => ({
      ...observation,
      message: observationMessage(observation),
      command: observationCommand(observation, result, command),
    })),
    doubts: doubts.map((doubt) => ({ ...doubt, message: doubtMessage(doubt) })),
    evidence,
  };
}

/**
 * What a run or its logs come to: what `summary.json` holds, whose JSON Schema is in `docs/summary.schema.json`. Names
 * are in `snake_case` as there, and end with the unit of what they name; null: there was nothing to measure.
 */
export type Summary = ReturnType<typeof jsonSummary>;

/** The result that a summary was made of: what its sentences add is only more. */
export const resultOf = (summary: Summary): RunResult => ({
  ...summary,
  expected_causes: [],
  metrics: ofSummary(summary.metrics),
});

/** The summary as indented JSON, with a line feed at its end. */
export function reportJson(result: RunResult, command?: string): string {
  return `${safeJson(jsonSummary(result, command))}\n`;
}
