import type { Finding, FindingCode } from '../model/findings.ts';
import type { RunResult } from '../model/result.ts';

/** Findings that the scenario did not expect. */
export function failingFindings({ findings, expected_findings }: RunResult): Finding[] {
  const expected = new Set(expected_findings.map(({ code }) => code));
  return findings.filter(({ code }) => !expected.has(code));
}

/** Findings that it expected, and that did not occur. */
export function missedFindings({ expected_findings }: RunResult): FindingCode[] {
  return expected_findings.filter(({ occurred }) => !occurred).map(({ code }) => code);
}

/** Failures that are of no cause: bounds, observations, and what is about the whole run. */
export function findingsApart(result: RunResult): Finding[] {
  const ofCauses = new Set(result.causes.flatMap(({ codes }) => codes));
  return failingFindings(result).filter(
    ({ code, session_id }) => session_id === null || !ofCauses.has(code),
  );
}
