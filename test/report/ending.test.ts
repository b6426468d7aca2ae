import { describe, expect, it } from 'vitest';
import type { Cause } from '../../src/model/causes.ts';
import type { RunResult } from '../../src/model/result.ts';
import { reportPretty } from '../../src/report/index.ts';
import { pretty } from '../../src/report/pretty.ts';
import { displayWidth } from '../../src/report/text-width.ts';
import { BOUNDS, DOUBTS, EVIL, findingOf, RUN } from './results.ts';

const passed: RunResult = { ...RUN, name: 'one' };
const failed: RunResult = {
  ...RUN,
  name: 'two',
  verdict: 'fail',
  replay: 'npx wsdiag simulate two.yaml --seed 2',
  bounds: BOUNDS,
  findings: [
    { ...findingOf('threshold-crossed'), session_id: null, connection_sequence: null },
    findingOf('attempt-skipped'),
  ],
};
const CAUSE: Cause = {
  codes: ['attempt-skipped'],
  sessions: 1,
  findings: 1,
  told_by: 'client',
  began_again: false,
  misnumbered: false,
  after: { event: 'reload', close_code: null },
  examples: [findingOf('attempt-skipped')],
};

const overview = (results: RunResult[], wanted = results.length) =>
  pretty.closing?.(
    results.map((result) => ({ result, chartData: null })),
    { wanted },
  );

describe('the end of the pretty report', () => {
  it('is the verdict, and the commands that show more and that run it again', () => {
    const command = 'npx wsdiag';
    const findings = Array.from({ length: 21 }, () => findingOf('close-missing'));
    const text = reportPretty({ ...RUN, verdict: 'fail', findings, bounds: BOUNDS }, { command });
    expect(text).toMatch(/✖ losses 205, expected < 100\n\n✖ fail {2}refresh-storm\n/);
    expect(text.split('\n').slice(-5)).toEqual([
      '✖ fail  refresh-storm',
      '  run         wsdiag-runs/refresh-storm-1',
      '  details     npx wsdiag check wsdiag-runs/refresh-storm-1 --verbose',
      '  replay      wsdiag simulate scenarios/refresh-storm.yaml --seed 42',
      '',
    ]);
  });
});

describe('the report with --quiet', () => {
  const quiet = (result: RunResult) =>
    pretty.render([{ result, chartData: null }], { quiet: true });

  it('is the verdict, the first lines of its causes, and the run’s place', () => {
    expect(quiet({ ...failed, causes: [CAUSE] })).toBe(`✖ fail  two
  1 session skipped a number, or an attempt in the client’s log, each right
  after a reload
  recovery_p95 is 5.4 s; expected < 5 s
  run         wsdiag-runs/refresh-storm-1
  details     wsdiag check wsdiag-runs/refresh-storm-1 --verbose
  replay      npx wsdiag simulate two.yaml --seed 2
`);
  });

  it('counts what is more than five, and needs no run directory', () => {
    const text = quiet({ ...RUN, verdict: 'unknown', doubts: DOUBTS, run_dir: null, replay: null });
    expect(text).toContain(`\n  and ${DOUBTS.length - 5} more\n`);
    expect(text).toMatch(/\n {2}details {5}leave out --quiet\n$/);
  });
});

describe('the overview of several results', () => {
  it('has a line for each, their number by verdict, and how to replay those that did not pass', () => {
    const unknown: RunResult = { ...RUN, name: 'three', verdict: 'unknown', doubts: DOUBTS };
    const withCause = { ...failed, causes: [CAUSE] };
    expect(overview([passed, withCause, unknown], 4)).toBe(`
✔ pass  one
✖ fail  two: 1 session skipped a number, or an attempt in the clie… (and 1 more)
? unknown  three: The line can't be read: not JSON (and 11 more)

4 scenarios: 1 passed, 1 failed, 1 unknown, 1 not run
  replay      npx wsdiag simulate two.yaml --seed 2
              wsdiag simulate scenarios/refresh-storm.yaml --seed 42
`);
  });

  it('names what was crossed, or expected in vain', () => {
    const missed = [{ code: 'session-lost' as const, occurred: false }];
    const text = overview([
      { ...failed, findings: failed.findings.slice(0, 1) },
      { ...failed, findings: [], expected_findings: missed },
    ]);
    expect(text).toContain('\n✖ fail  two: recovery_p95 is 5.4 s; expected < 5 s\n');
    expect(text).toContain('\n✖ fail  two: session-lost was expected, and not found\n');
  });

  it('counts runs where a scenario was repeated', () => {
    expect(overview([passed, { ...failed, name: 'one' }])).toContain(
      '\n2 runs: 1 passed, 1 failed\n',
    );
  });

  it('is left out for a single one', () => {
    expect(overview([passed])).toBe('');
  });

  it('has lines of 80 columns, and nothing from outside that a terminal acts on', () => {
    const evil = { ...failed, name: 'n'.repeat(30), replay: EVIL, causes: [CAUSE] };
    const text = overview([evil, { ...evil, name: EVIL }]) ?? '';
    const [, first = ''] = text.split('\n');
    expect(displayWidth(first)).toBeLessThanOrEqual(80);
    expect(text).not.toContain('\u001b');
    expect(text.match(/\n/g)).toHaveLength(7);
  });
});
