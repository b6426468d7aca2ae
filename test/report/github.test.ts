import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/model/result.ts';
import {
  inert,
  REPORTERS,
  reportJson,
  reportPretty,
  type ScenarioPlaces,
} from '../../src/report/index.ts';
import { BEGAN_AGAIN, EVIL, findingOf, RUN } from './results.ts';

const github = (result: RunResult, scenario?: ScenarioPlaces) =>
  REPORTERS.github.render([{ result, chartData: null, scenario }]);

const SCENARIO: ScenarioPlaces = {
  file: 'scenarios/refresh-storm.yaml',
  lines: {
    name: 1,
    timeline: 12,
    expect: 20,
    'expect.recovery_p95': 22,
    'expect.findings': 23,
    'expect.observations': 24,
  },
};

/** As GitHub's runner reads a line: `ActionCommand.TryParseV2`, then `TryParse`. */
function commandOf(line: string) {
  const [, head = '', data = ''] = /^\s*::(.*?)::(.*)$/s.exec(line) ?? [];
  if (head !== '') {
    const [kind, rest = ''] = head.split(/ (.*)/s);
    const properties = Object.fromEntries(
      rest.split(',').flatMap((one) => {
        const [name = '', value] = one.split(/=(.*)/s);
        return value === undefined ? [] : [[name, decoded(value)]];
      }),
    );
    return { kind, properties, message: decoded(data) };
  }
  return line.includes('##[') ? { kind: 'old', properties: {}, message: line } : null;
}

const decoded = (text: string) =>
  text.replace(/%(25|0D|0A|3A|2C)/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16)));

const commands = (text: string) => text.trimEnd().split('\n').map(commandOf);

describe('the GitHub report', () => {
  it('has an error for each finding at the scenario’s line, with the lines that prove it, and a notice', () => {
    const finding = findingOf('sequence-duplicated');
    const evidence = [...finding.evidence, { file: 'b.ndjson', line: 7 }];
    const result: RunResult = { ...RUN, verdict: 'fail', findings: [{ ...finding, evidence }] };
    expect(github(result, SCENARIO)).toBe(
      '::error file=scenarios/refresh-storm.yaml,line=12,title=sequence-duplicated%3A session 1f0c1f5e-0000-4000-8000-000000000001 #4' +
        '::Two connections of the session have number 4.%0Awsdiag-runs/refresh-storm-1/server.ndjson:12%0Ab.ndjson:7\n' +
        '::notice title=wsdiag%3A fail refresh-storm::1 finding: 1 sequence-duplicated.%0ALogs: wsdiag-runs/refresh-storm-1' +
        '%0AReplay: wsdiag simulate scenarios/refresh-storm.yaml --seed 42\n',
    );
    const { properties, message } = commands(github(result))[0] ?? {};
    expect(Object.keys(properties ?? {})).toEqual(['title']);
    expect(message).toContain('server.ndjson:12');
  });

  it('has one error for all findings of a cause, with its rule and the lines of two', () => {
    const findings = [...BEGAN_AGAIN.examples, findingOf('threshold-crossed')];
    const result: RunResult = { ...RUN, verdict: 'fail', findings, causes: [BEGAN_AGAIN] };
    const [ofCause, ofBound, ...others] = commands(github(result, SCENARIO));
    expect(ofCause).toMatchObject({
      kind: 'error',
      properties: { line: '12', title: 'sequence-not-increasing, sequence-duplicated' },
    });
    expect(ofCause?.message).toMatch(
      /^5 sessions began again at 1, each after the fault refresh and a reload\.\nA page keeps .*\n.*:12\n.*:40\nand 18 findings more$/,
    );
    expect(ofBound?.properties).toMatchObject({
      line: '22',
      title: expect.stringMatching(/^threshold-crossed/),
    });
    expect(others.map((command) => command?.kind)).toEqual(['notice']);
  });

  it('has an error at the first line of a log, where logs alone were judged', () => {
    const finding = findingOf('sequence-duplicated');
    const evidence = [
      { file: 'a.log', line: 3 },
      { file: 'b.log', line: 7 },
    ];
    const result: RunResult = { ...RUN, run_dir: null, findings: [{ ...finding, evidence }] };
    expect(commands(github(result))[0]).toMatchObject({
      properties: { file: 'a.log', line: '3' },
      message: 'Two connections of the session have number 4.\nalso b.log:7',
    });
  });

  it.each([
    ['a bound', findingOf('threshold-crossed', { metric: 'recovery_p95' }), '22'],
    ['a bound that it does not have', findingOf('threshold-crossed', { metric: 'losses' }), '12'],
    ['an observation', findingOf('observation-unexpected', { observation: 'waves' }), '24'],
  ])('has an error at the line of %s', (_, finding, line) => {
    const text = github({ ...RUN, verdict: 'fail', findings: [finding] }, SCENARIO);
    expect(commands(text)[0]?.properties).toMatchObject({ file: SCENARIO.file, line });
  });

  it('has an error at the beginning of a scenario without a timeline', () => {
    const result: RunResult = { ...RUN, findings: [findingOf('session-lost')] };
    const text = github(result, { ...SCENARIO, lines: { name: 2 } });
    expect(commands(text)[0]?.properties).toMatchObject({ line: '1' });
  });

  it('has a warning for each doubt', () => {
    const doubts: RunResult['doubts'] = [
      { code: 'line-damaged', where: { file: 'a,b:c', line: 3 }, value: '100%' },
      { code: 'no-connections', where: null, value: '' },
    ];
    expect(
      commands(github({ ...RUN, run_dir: null, verdict: 'unknown', doubts })).slice(0, 2),
    ).toEqual([
      {
        kind: 'warning',
        properties: { file: 'a,b:c', line: '3', title: 'line-damaged' },
        message: "The line can't be read: 100%.",
      },
      expect.objectContaining({ kind: 'warning', properties: { title: 'no-connections' } }),
    ]);
  });

  it('is silent about findings that were expected, and tells of those that were missed', () => {
    const expected_findings: RunResult['expected_findings'] = [
      { code: 'session-lost', occurred: true },
      { code: 'close-missing', occurred: false },
    ];
    const findings = [findingOf('session-lost')];
    const text = github({ ...RUN, findings, expected_findings }, SCENARIO);
    expect(commands(text)[0]?.properties.line).toBe('23');
    expect(commands(text).map((command) => [command?.kind, command?.properties.title])).toEqual([
      ['error', 'close-missing'],
      ['notice', 'wsdiag: pass refresh-storm'],
    ]);
  });

  it('lists all findings, and says that GitHub shows ten', () => {
    const findings = Array.from({ length: 37 }, () => findingOf('session-lost'));
    const text = github({ ...RUN, verdict: 'fail', findings });
    expect(commands(text).filter((command) => command?.kind === 'error')).toHaveLength(37);
    expect(text).toContain('GitHub shows 10 of a kind');
  });

  it.each([
    ['a newline and a command', '\n::error::forged'],
    ['an encoded newline', '%0A::error::forged'],
    ['a carriage return', '\r::stop-commands::x'],
    ['the end of the properties', ',line=1::forged'],
    ['a command of the old form', '##[error]forged'],
    ['all that is unsafe', EVIL],
  ])('makes no command of a log that holds %s', (_, text) => {
    const result: RunResult = {
      ...RUN,
      name: text,
      replay: text,
      run_dir: text,
      verdict: 'fail',
      findings: [
        {
          ...findingOf('sequence-missing', { value: text }),
          session_id: text,
          evidence: [
            { file: text, line: 1 },
            { file: text, line: 2 },
          ],
        },
      ],
      doubts: [{ code: 'log-missing', where: { file: text }, value: text }],
    };
    const places = { file: text, lines: {} };
    for (const reported of [github(result, places), github(result)]) {
      const kinds = commands(reported).map((command) => command?.kind);
      expect(kinds).toEqual(['error', 'warning', 'notice']);
    }
    const [error] = commands(github(result, places));
    expect(Object.keys(error?.properties ?? {})).toEqual(['file', 'line', 'title']);
    for (const other of [reportPretty(result, { verbose: true }), reportJson(result)]) {
      expect(commands(other).filter((command) => command !== null)).toEqual([]);
    }
  });
});

describe('a pretty report in a workflow', () => {
  it('makes no command of text that is wrapped', () => {
    const value = `${'x'.repeat(40)} ::error::forged ::error::forged`;
    const text = reportPretty({ ...RUN, findings: [findingOf('sequence-missing', { value })] });
    expect(commands(text).filter((command) => command !== null)).toEqual([]);
    expect(text).toContain('forged');
  });

  it('leaves other text as it is', () => {
    for (const line of ['a ::1 b', '  1 :: 2', '# [x]', '::ffff:127.0.0.1'.slice(2)]) {
      expect(inert(line)).toBe(line);
    }
    expect(JSON.parse(inert('{"a":"##[error]x"}'))).toEqual({ a: '##[error]x' });
  });
});
