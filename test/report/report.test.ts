import { describe, expect, it } from 'vitest';
import type { Cause } from '../../src/model/causes.ts';
import { closeCodeMeaning } from '../../src/report/close-codes.ts';
import { counted, listed, milliseconds, number, seconds } from '../../src/report/format.ts';
import {
  doubtMessage,
  findingMessage,
  reportJson,
  reportPretty,
  sanitize,
} from '../../src/report/index.ts';
import { sparkline } from '../../src/report/sparkline.ts';
import { displayWidth } from '../../src/report/text-width.ts';
import { ALL_FINDINGS, BOUNDS, DOUBTS, EVIL, findingOf, NO_METRICS, RUN } from './results.ts';

describe('sanitize', () => {
  it('escapes what a terminal would act on', () => {
    expect(sanitize(EVIL)).toBe(
      String.raw`\u001b[2Ja\u000ab\u000d\u0000\u007f\u009b31m\u202e\u2066\u2069\u200e\u200f\u2028\u2029\u061c\ufeff`,
    );
  });

  it('escapes every control character and lone surrogate, and nothing else in sight', () => {
    for (let code = 0; code < 0x20; code++) {
      expect(sanitize(String.fromCharCode(code))).toMatch(/^\\u00[01][0-9a-f]$/);
      expect(sanitize(String.fromCharCode(code + 0x80))).toMatch(/^\\u00[89][0-9a-f]$/);
    }
    for (let code = 0x202a; code <= 0x202e; code++) {
      expect(sanitize(String.fromCharCode(code))).toBe(`\\u${code.toString(16)}`);
    }
    expect(sanitize('\ud800')).toBe('\\ud800');
    expect(sanitize('\u{e0041}')).toBe('\\udb40\\udc41');
    expect(sanitize('plain – ä€😀 "quoted" \\')).toBe('plain – ä€😀 "quoted" \\');
  });
});

describe('messages', () => {
  it('have a sentence for each finding', () => {
    for (const finding of ALL_FINDINGS) {
      expect(findingMessage(finding)).toMatch(/^[A-Za-z].*\.$/);
      expect(findingMessage(finding)).not.toMatch(/undefined|null|\[object/);
    }
  });

  it('have a sentence for each doubt', () => {
    for (const doubt of DOUBTS) expect(doubtMessage(doubt)).toMatch(/^[A-Z].*\.$/);
  });

  it('tell how each of several servers’ logs is had alone', () => {
    const several = (value: string) =>
      doubtMessage({ code: 'several-writers', where: null, value });
    expect(several('pod/a/api, pod/b/api')).toContain(
      '(pod/a/api and pod/b/api), and no order holds between them; give each a log of its own, as with: kubectl logs a -c api.',
    );
    expect(several('api-1, api-2')).toContain('docker compose logs --index=1 SERVICE.');
  });

  it('tell both kinds of skipped attempt apart', () => {
    expect(findingMessage(findingOf('attempt-skipped'))).toBe(
      'The session goes on with attempt 4, where 3 is next.',
    );
    expect(findingMessage(findingOf('attempt-skipped', { expected: 4 }))).toBe(
      'The client logs what became of connection 4, but no attempt with that number.',
    );
  });

  it.each(['session_id', 'connection_sequence', 'client_id', 'document_id', 'outcome', 'fault'])(
    'say what the logs disagree about: %s',
    (about) => {
      const details = { about, client: 'CCC', server: 'SSS', expected: 'EEE' };
      const message = findingMessage(findingOf('logs-disagree', details));
      expect(message).toContain('CCC');
      expect(message).toContain('SSS');
    },
  );

  it('give a threshold its unit', () => {
    expect(findingMessage(findingOf('threshold-crossed'))).toBe(
      'recovery_p95 is 5.4 s; expected < 5 s.',
    );
    expect(findingMessage(findingOf('threshold-crossed', { value: 'none' }))).toBe(
      'There was nothing to measure recovery_p95 by; expected < 5 s.',
    );
    // Rounded, it would look as if it were held.
    expect(findingMessage(findingOf('threshold-crossed', { value: '5.001' }))).toBe(
      'recovery_p95 is 5.001 s; expected < 5 s.',
    );
  });

  it('escape and cut values from outside', () => {
    const message = findingMessage(
      findingOf('sequence-missing', { value: `${EVIL}${'x'.repeat(999)}` }),
    );
    expect(message).toBe(sanitize(message));
    expect(message.length).toBeLessThan(250);
    expect(doubtMessage({ code: 'line-damaged', where: null, value: EVIL })).not.toContain(
      '\u001b',
    );
  });
});

describe('the pretty report', () => {
  const everything = {
    ...RUN,
    verdict: 'fail' as const,
    findings: ALL_FINDINGS,
    doubts: DOUBTS,
    expected_findings: [{ code: 'session-lost' as const, occurred: true }],
  };

  it('reads at a glance', () => {
    expect(`\n${reportPretty(RUN)}`).toBe(`
refresh-storm

  seed        42
  started     2026-01-01T00:00:00.000Z
  duration    12.3 s
  sessions    200
  attempts    1,412: 405 welcomed, 1,007 failed, 3 rejected
  reconnects  205, at most 3 of one session
  at once     at most 200 connections
  losses      205, at most 198 sessions down at once
  recovery    p50 420 ms · p95 1.81 s · p99 12.3 s · max 2 min 5 s
  peak        120 attempts in one second
              █▁▂▃▅
              each bar 200 ms
  closes      client  205 × 1006 dropped without a close frame
                      1 × 1012 service restart
              server  200 × 1001 going away
                      205 × 1006 dropped without a close frame
                      2 × 4000 the application's own
  event loop  p99 delay client 12 ms · server 1 ms

  logs        server.ndjson (1,200 lines)
              client.ndjson (1 line)

✔ pass  refresh-storm
  run         wsdiag-runs/refresh-storm-1
  replay      wsdiag simulate scenarios/refresh-storm.yaml --seed 42
`);
  });

  it('shows each bound, held or not', () => {
    expect(reportPretty({ ...RUN, bounds: BOUNDS })).toContain(`

  ✔ recovery_p95 1.81 s < 4 s
  ✖ losses 205, expected < 100

`);
  });

  it('shows findings of one cause once, with two of them and their lines', () => {
    const findings = [1, 2, 3].map((n) => ({
      ...findingOf('sequence-missing'),
      session_id: `s${n}`,
      evidence: [{ file: 'wsdiag-runs/refresh-storm-1/client.ndjson', line: n }],
    }));
    const examples = findings.slice(0, 2).map((finding) => ({
      ...finding,
      evidence: finding.evidence.map((line) => ({
        ...line,
        text: `{"line":${line.line},"\u001b"}`,
      })),
    }));
    const cause: Cause = {
      codes: ['sequence-missing'],
      sessions: 3,
      findings: 3,
      told_by: 'client',
      began_again: false,
      misnumbered: false,
      after: { event: 'reload', close_code: null },
      examples,
    };
    const run = { ...RUN, verdict: 'fail' as const, findings, causes: [cause] };
    const text = reportPretty(run);
    expect(text).toContain(`
3 findings of 1 cause

  3 sessions had lines without a usable number, each right after a reload.
    Each hello has a whole number from 1, and each line of its connection logs
    it: docs/handshake.md, “hello”.

  sequence-missing  session s1 #4
`);
    expect(text).toContain('      client.ndjson:2\n        {"line":2,"\\u001b"}\n');
    expect(text).toContain('    and 1 more: sequence-missing\n');
    expect(text).toContain('  details     wsdiag check wsdiag-runs/refresh-storm-1 --verbose\n');
    expect(text).not.toContain('session s3');
    expect(reportPretty(run, { verbose: true })).toContain('session s3');
    const withBound = { ...run, findings: [findingOf('threshold-crossed'), ...findings] };
    expect(reportPretty(withBound)).toContain('\n4 findings, 3 of 1 cause\n');
  });

  it('tells of what was expected by its causes alone', () => {
    const findings = [1, 2, 3].map((n) => ({
      ...findingOf('sequence-missing'),
      session_id: `s${n}`,
    }));
    const cause: Cause = {
      codes: ['sequence-missing'],
      sessions: 3,
      findings: 3,
      told_by: 'client',
      began_again: false,
      misnumbered: false,
      after: {},
      examples: findings.slice(0, 2),
    };
    const expected_findings = [{ code: 'sequence-missing' as const, occurred: true }];
    const run = { ...RUN, findings, expected_findings, expected_causes: [cause] };
    expect(reportPretty(run)).toContain(`
3 findings of 1 cause, as expected

  3 sessions had lines without a usable number.
    Each hello has a whole number from 1, and each line of its connection logs
    it: docs/handshake.md, “hello”.

  ✔ sequence-missing was expected, and found

✔ pass  refresh-storm
  run         wsdiag-runs/refresh-storm-1
  details     wsdiag check wsdiag-runs/refresh-storm-1 --verbose
`);
    expect(reportPretty(run, { verbose: true })).toContain('sequence-missing  session s3');
  });

  it('tells of attempts that came to nothing', () => {
    const run = { ...RUN, metrics: { ...RUN.metrics, attempts: 1415 } };
    expect(reportPretty(run)).toContain(
      '1,415: 405 welcomed, 1,007 failed, 3 rejected, 3 without an outcome\n',
    );
  });

  it('tells what attempts failed with, the most frequent first', () => {
    const reasons = ['ECONNREFUSED', 'HTTP 503', EVIL, 'x'.repeat(200), 'ETIMEDOUT', 'EPIPE'];
    const failures = reasons.map((reason, index) => ({ reason, attempts: 1000 - index }));
    const text = reportPretty({ ...RUN, failures });
    expect(text).toContain('\n  failed      1,000 × ECONNREFUSED\n              999 × HTTP 503\n');
    expect(text).toContain('\n              and for 2 other reasons\n');
    expect(reportPretty({ ...RUN, failures: failures.slice(0, 2) })).toContain(
      '\n  failed      1,000 × ECONNREFUSED, 999 × HTTP 503\n',
    );
    expect(text).not.toContain('\u001b');
    for (const line of text.split('\n')) expect(displayWidth(line)).toBeLessThanOrEqual(80);
  });

  it('shows each finding with its session and lines, and what was expected', () => {
    const findings = [findingOf('close-missing')];
    const expected_findings = [{ code: 'session-lost' as const, occurred: false }];
    const text = reportPretty({ ...RUN, verdict: 'fail', findings, expected_findings });
    expect(text).toContain(`
1 finding

  close-missing  session 1f0c1f5e-0000-4000-8000-000000000001 #4
    Connection 4 never ends in the server's log, though that log is complete.
      server.ndjson:12

  ✖ session-lost was expected, and not found

✖ fail  refresh-storm
`);
  });

  it('fits into 80 columns, without spaces at the end of a line', () => {
    const excused = [{ code: 'half-open' as const, connections: 2 }];
    for (const line of reportPretty({ ...everything, excused }, { verbose: true }).split('\n')) {
      expect([...line].length, line).toBeLessThanOrEqual(80);
      expect(line).toBe(line.trimEnd());
    }
  });

  it('shows 20 findings in full and counts the rest, unless it is verbose', () => {
    const findings = Array.from({ length: 50 }, (_, index) =>
      findingOf(index < 30 ? 'session-lost' : 'close-missing', {}, index + 1),
    );
    const text = reportPretty({ ...RUN, findings });
    expect(text).toContain('50 findings');
    expect(text).toContain('and 30 more: 10 session-lost, 20 close-missing');
    expect(text).toContain('server.ndjson:20\n');
    expect(text).not.toContain('server.ndjson:21\n');
    const verbose = reportPretty({ ...RUN, findings }, { verbose: true });
    expect(verbose).toContain('server.ndjson:50\n');
    expect(verbose).not.toContain('more:');
  });

  it('names six of many lines, unless it is verbose', () => {
    const evidence = Array.from({ length: 8 }, (_, index) => ({ file: 'x', line: index + 1 }));
    const findings = [{ ...findingOf('session-forked'), evidence }];
    expect(reportPretty({ ...RUN, findings })).toContain('x:6\n      and 2 lines more\n');
    expect(reportPretty({ ...RUN, findings }, { verbose: true })).toContain('x:8\n');
  });

  it('says where each doubt lies', () => {
    const text = reportPretty({ ...RUN, verdict: 'unknown', doubts: DOUBTS.slice(0, 1) });
    expect(text).toContain('? unknown  refresh-storm');
    expect(text).toContain(`
1 doubt

  line-damaged  a.ndjson:3
    The line can't be read: not JSON.
`);
  });

  it.each([
    ['runs/a', 'runs/a/server.ndjson', 'server.ndjson:1'],
    ['runs/a/', 'runs/a/server.ndjson', 'server.ndjson:1'],
    ['runs\\a', 'runs\\a\\server.ndjson', 'server.ndjson:1'],
    ['runs/a', 'runs/a-2/server.ndjson', 'runs/a-2/server.ndjson:1'],
    ['runs/a', 'elsewhere.ndjson', 'elsewhere.ndjson:1'],
  ])('names lines of %s by %s as %s', (run_dir, file, shown) => {
    const findings = [{ ...findingOf('session-lost'), evidence: [{ file, line: 1 }] }];
    expect(reportPretty({ ...RUN, run_dir, findings })).toContain(`      ${shown}\n`);
  });

  it('tells who gave up apart from who was lost', () => {
    const metrics = { ...RUN.metrics, given_up_sessions: 2, unrecovered_sessions: 1 };
    expect(reportPretty({ ...RUN, metrics })).toMatch(
      /sessions +200, 2 gave up, 1 not connected at the end\n/,
    );
  });

  it('leaves out what is not known', () => {
    const nothing = { seed: null, replay: null, run_dir: null, started_at: null };
    const result = { ...RUN, ...nothing, duration_seconds: null, metrics: NO_METRICS };
    expect(`\n${reportPretty(result)}`).toBe(`
refresh-storm

  logs        wsdiag-runs/refresh-storm-1/server.ndjson (1,200 lines)
              wsdiag-runs/refresh-storm-1/client.ndjson (1 line)

✔ pass  refresh-storm
`);
  });

  it('lets nothing from outside reach the terminal raw', () => {
    const text = reportPretty({
      ...RUN,
      name: EVIL,
      replay: EVIL,
      run_dir: EVIL,
      started_at: EVIL,
      findings: [
        { ...findingOf('session-lost'), session_id: EVIL, evidence: [{ file: EVIL, line: 1 }] },
      ],
      doubts: [{ code: 'log-missing', where: { file: EVIL }, value: EVIL }],
      evidence: [{ file: EVIL, lines: 1, records: 1, ignored: 0, rejected: 0 }],
    });
    expect(text.split('\n').map(sanitize).join('\n')).toBe(text);
    expect(text).not.toContain('\n[2J');
  });

  it('paints by the palette it is given', () => {
    const mark = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
    const palette = {
      green: mark('green'),
      red: mark('red'),
      yellow: mark('yellow'),
      bold: mark('bold'),
      dim: mark('dim'),
    };
    expect(reportPretty(RUN, { palette })).toContain('<green><bold>✔ pass</bold></green>');
    const text = reportPretty(everything, { palette });
    expect(text).toContain('<red>close-missing</red>');
    expect(text).toContain('<dim>session-lost</dim>');
    expect(text).toContain('<yellow>no-connections</yellow>');
  });

  it('says that a run was interrupted', () => {
    expect(reportPretty({ ...RUN, interrupted: true })).toContain('refresh-storm (interrupted)');
  });
});

describe('the JSON report', () => {
  it('is versioned, and holds the result with its sentences', () => {
    const findings = [findingOf('close-missing')];
    const summary = JSON.parse(reportJson({ ...RUN, verdict: 'fail', findings }));
    expect(summary).toMatchObject({
      summary_version: 2,
      verdict: 'fail',
      complete: true,
      name: 'refresh-storm',
      seed: 42,
      metrics: { recovery_p95_seconds: 1.81 },
      findings: [{ code: 'close-missing', message: expect.stringContaining('never ends') }],
      doubts: [],
    });
  });

  it.each(DOUBTS)('is complete only where the logs are: $code', (doubt) => {
    const { complete, doubts } = JSON.parse(reportJson({ ...RUN, doubts: [doubt] }));
    const missing = /^(line|log|interrupted|history|worker)/.test(doubt.code);
    expect(complete).toBe(!missing);
    expect(doubts[0].message).toBe(doubtMessage(doubt));
  });

  it('is as safe on a terminal as it is to parse', () => {
    const text = reportJson({ ...RUN, name: EVIL });
    expect(JSON.parse(text).name).toBe(EVIL);
    expect(text.split('\n').map(sanitize).join('\n')).toBe(text);
    expect(text.endsWith('}\n')).toBe(true);
  });
});

describe('words and numbers', () => {
  it('count one and many', () => {
    expect([counted(0, 'session'), counted(1, 'session'), counted(1234, 'session')]).toEqual([
      '0 sessions',
      '1 session',
      '1,234 sessions',
    ]);
  });

  it.each([
    [0, '0 ms'],
    [0.0042, '4 ms'],
    [0.425, '425 ms'],
    [0.9997, '1 s'],
    [1.809, '1.81 s'],
    [12.345, '12.3 s'],
    [125.9, '2 min 5 s'],
    [3 * 3600 + 725, '3 h 12 min'],
    [4 * 86_400 + 3700, '4 d 1 h'],
  ])('give %d seconds as %s', (value, text) => {
    expect(seconds(value)).toBe(text);
  });

  it('give milliseconds and lists', () => {
    expect([milliseconds(0.84), milliseconds(12.3), number(12345.6789)]).toEqual([
      '0.8 ms',
      '12 ms',
      '12,345.679',
    ]);
    expect([listed([]), listed(['a']), listed(['a', 'b']), listed(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ]);
  });

  it('know close codes', () => {
    expect([1000, 1006, 1012, 1013, 4409, 3000, 4999, 999].map(closeCodeMeaning)).toEqual([
      'normal',
      'dropped without a close frame',
      'service restart',
      'try again later',
      'replaced by a newer connection',
      'registered by a library',
      "the application's own",
      'unknown',
    ]);
  });
});

describe('sparkline', () => {
  it('has the lowest bar for nothing alone', () => {
    expect(sparkline([0, 1, 50, 100], 10)).toBe('▁▂▅█');
    expect(sparkline([0, 0], 10)).toBe('▁▁');
    expect(sparkline([], 10)).toBe('');
  });

  it('keeps peaks where it has less room than counts', () => {
    expect(sparkline([0, 9, 0, 0, 0, 0], 3)).toBe('█▁▁');
    expect([...sparkline(Array(86_400).fill(1), 44)].length).toBeLessThanOrEqual(44);
  });
});
