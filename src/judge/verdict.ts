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

/** What comes of a server that is back late. */
const OF_LATENESS: ReadonlySet<FindingCode> = new Set([
  'threshold-crossed',
  'observation-unexpected',
  'session-lost',
]);

const unexpectedOf = (findings: Finding[], expected: ExpectedFinding[]): Finding[] => {
  const codes = new Set(expected.map(({ code }) => code));
  return findings.filter(({ code }) => !codes.has(code));
};

/** A server that was late is doubted only where something may have come of it, and nothing else fails the run. */
export function doubtsAbout(
  findings: Finding[],
  doubts: Doubt[],
  expected: ExpectedFinding[],
): Doubt[] {
  const failing = unexpectedOf(findings, expected);
  const isOfLateness =
    failing.length > 0 &&
    failing.every(({ code }) => OF_LATENESS.has(code)) &&
    expected.every(({ occurred }) => occurred);
  return isOfLateness ? doubts : doubts.filter(({ code }) => code !== 'server-late');
}

/**
 * Damage hides evidence, it can't forge it: with any other doubt, only a finding that stands on lines
 * which are there makes a verdict.
 */
export function decide(findings: Finding[], doubts: Doubt[], expected: ExpectedFinding[]): Verdict {
  const unexpected = unexpectedOf(findings, expected);
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
