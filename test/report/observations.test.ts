import { describe, expect, it } from 'vitest';
import type { Observation } from '../../src/model/observations.ts';
import type { RunResult } from '../../src/model/result.ts';
import { github } from '../../src/report/github.ts';
import { json, jsonSummary } from '../../src/report/json.ts';
import { junit } from '../../src/report/junit.ts';
import { observationCommand, observationMessage } from '../../src/report/observations.ts';
import { pageData } from '../../src/report/page-content.ts';
import { reportPretty } from '../../src/report/pretty.ts';
import { stepSummary } from '../../src/report/step-summary.ts';
import { BOUNDS, RUN } from './results.ts';

const HOSTILE = "a'b\n::error::$(rm)";
const ghosts: Observation = {
  name: 'ghosts',
  told_by: 'server',
  session_id: HOSTILE,
  details: { sessions: 2, at_once: 3 },
  evidence: [
    { file: 'app.log', line: 3 },
    { file: 'app.log', line: 9 },
  ],
};
const result: RunResult = { ...RUN, run_dir: null, observations: [ghosts] };
const SENTENCE = '2 sessions had several connections alive at once, 3 at most.';
const reported = [{ result, chartData: null }];

describe('what stands out', () => {
  it('is a sentence with its lines at a terminal, and a command where all is asked for', () => {
    const text = reportPretty(result);
    expect(text).toContain(
      `stands out\n\n  ghosts\n    ${SENTENCE}\n      app.log:3, app.log:9\n\n`,
    );
    expect(text).toContain('\n  details     add --verbose\n');
    const verbose = reportPretty(result, { verbose: true, command: 'npx wsdiag' });
    expect(verbose).toContain("      npx wsdiag timeline 'a'");
    expect(verbose).not.toContain('  details ');
    expect(text + verbose).not.toMatch(/^::error/m);
  });

  it('has a line beside the bounds where it was to be none, whether or not it is', () => {
    const expected_observations = [
      { name: 'ghosts' as const, text: 'none' as const, held: false },
      { name: 'waves' as const, text: 'none' as const, held: true },
    ];
    expect(reportPretty({ ...result, bounds: BOUNDS, expected_observations })).toContain(
      '\n  ✖ losses 205, expected < 100\n  ✖ ghosts stands out, expected none\n  ✔ waves: none\n\n',
    );
  });

  it('is in the summary, with its sentence and command', () => {
    expect(jsonSummary(result).observations).toEqual([
      { ...ghosts, message: SENTENCE, command: observationCommand(ghosts, result) },
    ]);
    const command = 'npx wsdiag';
    const [{ command: called } = {}] = jsonSummary(result, command).observations;
    expect(called).toMatch(/^npx wsdiag /);
    expect(json.render(reported, { command })).toContain(JSON.stringify(called));
    expect(junit.render(reported, { command })).toContain('      npx wsdiag ');
  });

  it('is in the output of a JUnit suite, and no case of it', () => {
    const [before = '', output = ''] = junit.render(reported).split('<system-out>');
    expect(output).toContain(SENTENCE);
    expect(before).not.toContain(SENTENCE);
  });

  it('is a notice on GitHub, at its first line', () => {
    expect(github.render(reported)).toContain(
      `::notice file=app.log,line=3,title=ghosts::${SENTENCE}%0Aalso app.log:9\n`,
    );
    expect(stepSummary(result)).toContain('alive at once');
  });

  it('is beside the bounds of the page where it was to be none', () => {
    const expected_observations = [
      { name: 'ghosts' as const, text: 'none' as const, held: false },
      { name: 'waves' as const, text: 'none' as const, held: true },
    ];
    const page = pageData({ result: { ...result, expected_observations }, chartData: null });
    expect(page.bounds).toEqual([
      { text: 'ghosts stands out, expected none', is_held: false },
      { text: 'waves: none', is_held: true },
    ]);
  });

  it('is on the page', () => {
    expect(pageData({ result, chartData: null }).observations).toEqual([
      {
        name: 'ghosts',
        message: SENTENCE,
        places: ['app.log:3', 'app.log:9'],
        command: observationCommand(ghosts, result),
      },
    ]);
    const [told] = pageData({ result, chartData: null }, 'npx wsdiag').observations;
    expect(told?.command).toMatch(/^npx wsdiag timeline /);
  });

  it('has a command in which nothing from a log is a word of its own', () => {
    const command = observationCommand(ghosts, result);
    expect(command).not.toContain('\n');
    expect(command).toMatch(/^wsdiag timeline 'a'\\''b/);
  });
});

describe('a sentence', () => {
  const sentence = (name: string, details: object) =>
    observationMessage({ ...ghosts, name, details } as Observation);

  it.each([
    [
      'one-lifetime',
      { connections: 30, of: 31, seconds: 3600.2, within_seconds: 1.4 },
      '30 of 31 connections lived 3600.2 s ± 0.7 s, so something closes them at 60 min 0 s.',
    ],
    [
      'lockstep',
      { sessions: 60, after_seconds: 15, within_seconds: 0.0001, times: 2 },
      '60 sessions came back 15 s after they were lost, all within 1 ms, twice.',
    ],
    [
      'flapping',
      { sessions: 1, in_a_row: 4, close_codes: ['1008', 'none'] },
      '1 session lost connections within a second of opening them, up to 4 in a row (1008 and no close code).',
    ],
    [
      'one-code',
      { closes: 9, of: 10, how: '1012' },
      '9 of 10 connections ended with 1012 (service restart).',
    ],
    [
      'one-code',
      { closes: 2, of: 2, how: 'superseded' },
      '2 of 2 connections ended because a newer connection of their session came.',
    ],
    [
      'waves',
      { sessions: 60, of: 100, times: 3 },
      'Up to 60 of 100 sessions lost their connection within a second, 3 times.',
    ],
  ])('is made of %s', (name, details, text) => {
    expect(sentence(name, details)).toBe(text);
  });
});
