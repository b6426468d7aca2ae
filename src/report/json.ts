import type { Doubt } from '../core/findings.ts';
import type { RunResult } from '../core/result.ts';
import { doubtMessage, findingMessage } from './messages.ts';
import { sanitize } from './sanitize.ts';

export const SUMMARY_VERSION = 1;

/** Doubts that mean that not all of the run is in the logs. */
const INCOMPLETE = new Set<Doubt['code']>([
  'line-damaged',
  'log-truncated',
  'log-changed',
  'log-incomplete',
  'log-missing',
  'interrupted',
]);

/** The result as `summary.json` has it; a field is only ever added under one version. */
export function jsonSummary(result: RunResult) {
  const { verdict, findings, doubts, metrics, evidence, ...run } = result;
  return {
    summary_version: SUMMARY_VERSION,
    verdict,
    complete: !result.interrupted && !doubts.some(({ code }) => INCOMPLETE.has(code)),
    ...run,
    metrics,
    findings: findings.map((finding) => ({ ...finding, message: findingMessage(finding) })),
    doubts: doubts.map((doubt) => ({ ...doubt, message: doubtMessage(doubt) })),
    evidence,
  };
}

/**
 * The summary as indented JSON, with a line feed at its end. What `JSON.stringify` leaves as it is but
 * a terminal would act on is escaped too; it parses to the same.
 */
export function reportJson(result: RunResult): string {
  const lines = JSON.stringify(jsonSummary(result), null, 2).split('\n');
  return `${lines.map(sanitize).join('\n')}\n`;
}
