import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { FINDINGS, type FindingCode } from '../../src/model/findings.ts';
import type { RunResult } from '../../src/model/result.ts';
import { REPORTERS } from '../../src/report/index.ts';
import { ALL_FINDINGS, BOUNDS, EVIL, findingOf, NO_METRICS, RUN } from './results.ts';

const CODES = Object.keys(FINDINGS) as FindingCode[];

/** Jenkins' schema; the file names its licence. */
const SCHEMA = fs.readFileSync(
  path.join(import.meta.dirname, '../fixtures/junit/jenkins-junit.xsd'),
  'utf8',
);

const junit = (...results: RunResult[]) =>
  REPORTERS.junit.render(results.map((result) => ({ result, chartData: null })));

/** What is wrong with reports, each as `name: problem`. */
async function problems(reports: Record<string, string>): Promise<string[]> {
  const { errors } = await validateXML({
    xml: Object.entries(reports).map(([fileName, contents]) => ({ fileName, contents })),
    schema: [SCHEMA],
  });
  return errors.map(({ rawMessage }) => rawMessage);
}

/** How often each outcome is there. */
function outcomes(xml: string) {
  const count = (pattern: RegExp) => [...xml.matchAll(pattern)].length;
  return {
    cases: count(/<testcase /g),
    failures: count(/<failure /g),
    errors: count(/<error /g),
    skipped: count(/<skipped>/g),
  };
}

describe('the JUnit report', () => {
  it('is valid', async () => {
    const unknown = { seed: null, replay: null, run_dir: null, started_at: null };
    const reports = {
      'a run that passes': junit(RUN),
      'every finding': junit({ ...RUN, verdict: 'fail', findings: ALL_FINDINGS }),
      'several runs': junit(RUN, { ...RUN, name: 'other' }),
      'no run': junit(),
      'logs of which little is known': junit({
        ...RUN,
        ...unknown,
        duration_seconds: null,
        metrics: NO_METRICS,
      }),
      'text from outside': junit(evil()),
    };
    expect(await problems(reports)).toEqual([]);
  });

  it('has a case for each observation that was to be none, and is', () => {
    const expected_observations = [
      { name: 'lockstep' as const, text: 'none' as const, held: false },
      { name: 'waves' as const, text: 'none' as const, held: true },
    ];
    const findings = [findingOf('observation-unexpected')];
    const xml = junit({ ...RUN, verdict: 'fail', findings, expected_observations });
    expect(xml).toContain(
      '<testcase classname="observation-unexpected" name="waves: none" time="0"/>',
    );
    expect(xml.match(/<testcase classname="observation-unexpected"/g)).toHaveLength(2);
    expect(outcomes(xml)).toMatchObject({ failures: 1, errors: 0 });
  });

  it('is checked by a schema that refuses what is wrong', async () => {
    const wrong = junit(RUN).replace(' tests=', ' test=');
    const cut = junit(RUN).replace('</testsuite>', '');
    expect(await problems({ sound: junit(RUN), wrong })).toEqual([
      expect.stringMatching(/^wrong:/),
      expect.stringMatching(/^wrong:/),
    ]);
    expect(await problems({ sound: junit(RUN), cut })).not.toEqual([]);
  });

  it('keeps to what the stricter schemas of Ant and Surefire ask for', () => {
    const xml = junit({ ...RUN, verdict: 'fail', findings: ALL_FINDINGS });
    expect(xml).toContain(
      '<testsuite name="refresh-storm" package="wsdiag" id="0" hostname="localhost" ' +
        'timestamp="2026-01-01T00:00:00" tests="15" failures="15" errors="0" skipped="0" time="12.340">',
    );
    expect(xml).toMatch(/<testsuite [^>]*>\s*<properties>/);
    expect(xml).toMatch(
      /<system-out>.*<\/system-out>\s*<system-err><\/system-err>\s*<\/testsuite>/s,
    );
    for (const [, attributes] of xml.matchAll(/<testcase ([^>]*?)\/?>/g)) {
      expect(attributes).toMatch(/^classname="[^"]+" name="[^"]+" time="0"$/);
    }
  });

  it('has a case that passes for each check that found nothing', () => {
    const xml = junit(RUN);
    expect(outcomes(xml)).toEqual({ cases: CODES.length, failures: 0, errors: 0, skipped: 0 });
    for (const code of CODES)
      expect(xml).toContain(`<testcase classname="${code}" name="all sessions"`);
  });

  it('has a failed case for each finding, with its sentence and its lines', () => {
    const xml = junit({
      ...RUN,
      verdict: 'fail',
      findings: [findingOf('close-missing'), findingOf('close-missing', {}, 13)],
    });
    expect(outcomes(xml)).toEqual({ cases: CODES.length + 1, failures: 2, errors: 0, skipped: 0 });
    expect(
      xml,
    ).toContain(`    <testcase classname="close-missing" name="session 1f0c1f5e-0000-4000-8000-000000000001 #4" time="0">
      <failure type="close-missing" message="Connection 4 never ends in the server's log, though that log is complete.">Connection 4 never ends in the server's log, though that log is complete.
wsdiag-runs/refresh-storm-1/server.ndjson:13</failure>
    </testcase>`);
  });

  it('has a case for each bound, which takes as long as what was measured', () => {
    const xml = junit({ ...RUN, verdict: 'fail', bounds: BOUNDS });
    expect(outcomes(xml)).toMatchObject({ cases: CODES.length + 1, failures: 1 });
    expect(xml).toContain(
      '<testcase classname="threshold-crossed" name="recovery_p95 &lt; 4 s" time="1.810">',
    );
    expect(xml).toContain(
      '<failure type="threshold-crossed" message="losses 205, expected &lt; 100">',
    );
    const expected = junit({
      ...RUN,
      bounds: BOUNDS,
      expected_findings: [{ code: 'threshold-crossed', occurred: true }],
    });
    expect(outcomes(expected)).toMatchObject({ cases: CODES.length + 1, failures: 0 });
  });

  it('has an error for each doubt', () => {
    const doubts: RunResult['doubts'] = [
      { code: 'line-damaged', where: { file: 'a', line: 3 }, value: 'not JSON' },
      { code: 'no-connections', where: null, value: '' },
    ];
    const xml = junit({ ...RUN, verdict: 'unknown', doubts });
    expect(outcomes(xml)).toMatchObject({ failures: 0, errors: 2 });
    expect(xml).toContain('<testcase classname="evidence" name="line-damaged a:3"');
  });

  it('has a skipped case for each check that could not run, with its reason', () => {
    const coverage: RunResult['coverage'] = [
      { code: 'session-lost', ran: false, lacking: 'no-client-log' },
      { code: 'close-missing', ran: true, lacking: null },
      { code: 'session-forked', ran: true, lacking: 'no-common-clock' },
    ];
    const xml = junit({ ...RUN, coverage });
    expect(outcomes(xml)).toMatchObject({ cases: CODES.length, skipped: 1 });
    expect(xml).toMatch(/"session-lost"[^>]*>\s*<skipped>There is no client log\.<\/skipped>/);
    expect(xml).toMatch(
      /"session-forked"[^>]*>\s*<system-out>The order between servers is unknown/,
    );
  });

  it('takes expected findings for passed, and missed ones for failures', () => {
    const expected_findings: RunResult['expected_findings'] = [
      { code: 'session-lost', occurred: true },
      { code: 'close-missing', occurred: false },
    ];
    const xml = junit({ ...RUN, findings: [findingOf('session-lost')], expected_findings });
    expect(outcomes(xml)).toMatchObject({ cases: CODES.length, failures: 1 });
    expect(xml).toMatch(/<failure type="close-missing" message="It was expected, and not found\."/);
  });

  it('lets no text end its element, make a control character, or a workflow command', () => {
    const xml = junit(evil());
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/);
    expect(xml).not.toContain('<img');
    expect(xml).not.toContain(']]>');
    expect(xml).not.toContain('##[');
    for (const line of xml.split('\n')) expect(line.trimStart()).not.toMatch(/^::/);
  });
});

function evil(): RunResult {
  const text = `::error::x ##[error]y ]]> <img src=x> & "quoted" 'too' \ufffe\uffff${EVIL}`;
  return {
    ...RUN,
    name: text,
    replay: text,
    run_dir: text,
    verdict: 'fail',
    findings: [
      {
        ...findingOf('sequence-missing', { value: text }),
        session_id: text,
        evidence: [{ file: text, line: 1 }],
      },
    ],
    doubts: [{ code: 'log-missing', where: { file: text }, value: text }],
    evidence: [{ file: text, lines: 1, records: 1, ignored: 0, rejected: 0 }],
  };
}
