import { type Doubt, FINDING_CODES, type Finding, type FindingCode } from '../model/findings.ts';
import { type BoundOutcome, type MetricUnit, unitOf } from '../model/metrics.ts';
import type { RunResult } from '../model/result.ts';
import { boundOutcome, boundText } from './bounds.ts';
import { doubtMessage, findingMessage, findingSubject, LACK_MESSAGES } from './messages.ts';
import { placeOf } from './place.ts';
import { reportPretty } from './pretty.ts';
import type { Reporter } from './reporter.ts';
import { sanitize } from './sanitize.ts';

/**
 * A suite for each result: a finding is a failed test case, a doubt an error; a check that found nothing
 * is a case that passed, one that could not run was skipped. Valid by the schemas of Jenkins and of
 * Ant, which is the stricter.
 */
export const junit: Reporter = {
  kind: 'collection',
  render: (reported, options) =>
    document(
      reported.map(({ result }, index) => suite(result, index, options?.command)).join('\n'),
    ),
};

const document = (suites: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites}\n</testsuites>\n`;

interface TestCase {
  classname: string;
  name: string;
  outcome: 'passed' | 'failure' | 'error' | 'skipped';
  /** A sentence; of a case that passed there may be none. */
  message?: string;
  /** What it rests on, a line each. */
  proof?: string[];
  seconds?: number;
}

const CROSSED = 'threshold-crossed' satisfies FindingCode;
const SEEN = 'observation-unexpected' satisfies FindingCode;
const SECONDS_IN: Record<MetricUnit, number> = { count: 0, seconds: 1, ms: 0.001 };

function suite(result: RunResult, index: number, command?: string): string {
  const cases = casesOf(result);
  const count = (outcome: TestCase['outcome']) =>
    cases.filter((one) => one.outcome === outcome).length;
  const head = attributes({
    name: result.name,
    package: 'wsdiag',
    id: index,
    hostname: 'localhost',
    // Seconds without a zone, as Ant's schema wants them.
    timestamp: result.started_at?.slice(0, 19),
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: (result.duration_seconds ?? 0).toFixed(3),
  });
  return [
    `  <testsuite${head}>`,
    ...properties(result),
    ...cases.map(testCase),
    `    <system-out>${text(reportPretty(result, { verbose: true, command }).split('\n'))}</system-out>`,
    '    <system-err></system-err>',
    '  </testsuite>',
  ].join('\n');
}

function properties({ verdict, seed, replay, run_dir }: RunResult): string[] {
  const known = Object.entries({ verdict, seed, replay, run_dir }).filter(
    ([, value]) => value !== null,
  );
  const lines = known.map(([name, value]) => `      <property${attributes({ name, value })}/>`);
  return ['    <properties>', ...lines, '    </properties>'];
}

function casesOf(result: RunResult): TestCase[] {
  return [
    ...FINDING_CODES.flatMap((code) => {
      if (code === CROSSED && result.bounds.length > 0) return casesOfBounds(result);
      if (code === SEEN && result.expected_observations.length > 0)
        return casesOfObservations(result);
      return casesOfCheck(code, result);
    }),
    ...result.doubts.map(caseOfDoubt),
  ];
}

function casesOfBounds({ bounds, expected_findings }: RunResult): TestCase[] {
  const expected = expected_findings.find(({ code }) => code === CROSSED);
  return [
    ...bounds.map((outcome) => caseOfBound(outcome, expected !== undefined)),
    ...(expected?.occurred === false
      ? [caseOf(CROSSED, 'failure', 'It was expected, and not found.')]
      : []),
  ];
}

/** Its time is what was measured, so that CI systems draw how that changes. */
function caseOfBound(outcome: BoundOutcome, isExpected: boolean): TestCase {
  const { metric, text, held, measured, where } = outcome;
  return {
    classname: CROSSED,
    name: `${metric} ${boundText(metric, text)}`,
    outcome: held || isExpected ? 'passed' : 'failure',
    message: `${!held && isExpected ? 'Expected: ' : ''}${boundOutcome(outcome)}`,
    proof: where ? [placeOf(where)] : [],
    seconds: (measured ?? 0) * SECONDS_IN[unitOf(metric)],
  };
}

/** A case for each that was to be none, and is; of the others, their findings. */
function casesOfObservations(result: RunResult): TestCase[] {
  const { expected_observations, expected_findings, findings } = result;
  const held = expected_observations.flatMap(({ name, text, held }): TestCase[] =>
    held ? [{ classname: SEEN, name: `${name}: ${text}`, outcome: 'passed' }] : [],
  );
  const isTold = [...findings, ...expected_findings].some(({ code }) => code === SEEN);
  return [...held, ...(isTold ? casesOfCheck(SEEN, result) : [])];
}

function casesOfCheck(code: FindingCode, result: RunResult): TestCase[] {
  const findings = result.findings.filter((finding) => finding.code === code);
  const expected = result.expected_findings.find((one) => one.code === code);
  const coverage = result.coverage.find((one) => one.code === code);
  if (findings.length > 0) {
    return findings.map((finding) => caseOfFinding(finding, expected !== undefined));
  }
  if (expected) return [caseOf(code, 'failure', 'It was expected, and not found.')];
  const why = coverage?.lacking ? LACK_MESSAGES[coverage.lacking] : undefined;
  return [caseOf(code, coverage?.ran === false ? 'skipped' : 'passed', why)];
}

const caseOf = (code: string, outcome: TestCase['outcome'], message?: string): TestCase => ({
  classname: code,
  name: 'all sessions',
  outcome,
  message,
});

function caseOfFinding(finding: Finding, expected: boolean): TestCase {
  return {
    classname: finding.code,
    name: findingSubject(finding),
    outcome: expected ? 'passed' : 'failure',
    message: `${expected ? 'Expected: ' : ''}${findingMessage(finding)}`,
    proof: finding.evidence.map((line) => placeOf(line)),
  };
}

function caseOfDoubt(doubt: Doubt): TestCase {
  const place = doubt.where === null ? [] : [placeOf(doubt.where)];
  return {
    classname: 'evidence',
    name: [doubt.code, ...place].join(' '),
    outcome: 'error',
    message: doubtMessage(doubt),
    proof: place,
  };
}

function testCase({ classname, name, outcome, message, proof = [], seconds }: TestCase): string {
  const time = seconds === undefined ? '0' : seconds.toFixed(3);
  const open = `    <testcase${attributes({ classname, name, time })}`;
  if (message === undefined) return `${open}/>`;
  return `${open}>\n      ${outcomeOf(classname, outcome, message, proof)}\n    </testcase>`;
}

function outcomeOf(
  type: string,
  outcome: TestCase['outcome'],
  message: string,
  proof: string[],
): string {
  switch (outcome) {
    case 'passed':
      return `<system-out>${text([message, ...proof])}</system-out>`;
    // Its reason is text: older schemas know of no message here.
    case 'skipped':
      return `<skipped>${text([message])}</skipped>`;
    default:
      return `<${outcome}${attributes({ type, message })}>${text([message, ...proof])}</${outcome}>`;
  }
}

function attributes(values: Record<string, string | number | null | undefined>): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
    .join('');
}

const text = (lines: string[]): string => lines.map(escaped).join('\n');

/**
 * A line as text or attribute. Control characters have no form in XML 1.0, and noncharacters are
 * refused too; what GitHub Actions would take for a command is none where the document is printed.
 */
function escaped(line: string): string {
  return sanitize(line)
    .replace(/[\ufffe\uffff]/g, (character) => `\\u${character.charCodeAt(0).toString(16)}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/^(\s*):(?=:)/, '$1&#58;')
    .replaceAll('##[', '##&#91;');
}
