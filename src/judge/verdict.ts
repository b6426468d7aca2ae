import {
  type Doubt,
  FINDINGS,
  type Finding,
  type FindingCode,
  type Verdict,
} from '../model/findings.ts';
import type { ExpectedFinding } from '../model/result.ts';

/** Which of the findings that must occur did. */
export function meetExpected(expected: FindingCode[], findings: Finding[]): ExpectedFinding[] {
  const found = new Set(findings.map(({ code }) => code));
  return [...new Set(expected)].map((code) => ({ code, occurred: found.has(code) }));
}

/**
 * Not everything was seen: logs lack lines or durations, or have more than could be held. What the rest
 * proves stands, but it can't prove that all was well.
 */
const SPOILS_ONLY_A_PASS: ReadonlySet<Doubt['code']> = new Set([
  'lines-missing',
  'kill-unexplained',
  'order-unknown',
  'session-unverified',
  'session-start-missing',
  'no-sessions',
  'times-disagree',
  'session-too-long',
  'findings-capped',
]);

/** Stands on the order of lines, which those of several servers in one log have not. */
const STANDS_ON_ORDER: FindingCode = 'sequence-not-increasing';

/**
 * Damage hides evidence, it can't forge it: with any other doubt, only a finding that stands on lines
 * which are there makes a verdict.
 */
export function decide(findings: Finding[], doubts: Doubt[], expected: ExpectedFinding[]): Verdict {
  const expectedCodes = new Set(expected.map(({ code }) => code));
  const unexpected = findings.filter(({ code }) => !expectedCodes.has(code));
  if (doubts.some(({ code }) => !SPOILS_ONLY_A_PASS.has(code))) {
    const isMixed = doubts.some(({ code }) => code === 'several-writers');
    const isProof = ({ code }: Finding) =>
      FINDINGS[code].standsOn === 'presence' && !(isMixed && code === STANDS_ON_ORDER);
    return unexpected.some(isProof) ? 'fail' : 'unknown';
  }
  const missed = expected.some(({ occurred }) => !occurred);
  if (unexpected.length > 0 || missed) return 'fail';
  return doubts.length > 0 ? 'unknown' : 'pass';
}
