import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../support/cli.ts';

const LOG = path.join(
  import.meta.dirname,
  '../fixtures/logs/cases/28-storm-server-only/server.log',
);

const check = (...bounds: string[]) =>
  runCli(['check', LOG, ...bounds.flatMap((bound) => ['--expect', bound])]);

const COMPARED = 'a bound with its comparison (<, <=, >, >= or ==)';
const PERCENTILES = 'percentiles are recovery_p1 to recovery_p99, and the longest is recovery_max';

describe('check --expect', () => {
  it.each([
    'sessions==60',
    'sessions == 60',
    'sessions: 60',
    'sessions: "== 60"',
    'welcomed >=180',
    'recovery_p95 < 1 h',
  ])('holds a metric to its bound: %s', async (bound) => {
    expect((await check(bound)).code).toBe(0);
  });

  it('fails where one of several is not kept', async () => {
    const { code, stdout } = await check('sessions<=60', 'welcomed<100');
    expect(code).toBe(1);
    expect(stdout).toContain('welcomed is 180; expected < 100.');
    expect(stdout.match(/threshold-crossed/g)).toHaveLength(1);
  });

  it.each([
    ['observations: none', 2],
    ['lockstep: none', 1],
    ['ghosts: none', 0],
  ])('fails where an observation is made that must not be: %s', async (bound, findings) => {
    const { code, stdout } = await check(bound);
    expect(code).toBe(findings === 0 ? 0 : 1);
    expect(stdout.match(/observation-unexpected/g) ?? []).toHaveLength(findings);
  });

  it('measures any percentile of recovery that is asked for', async () => {
    const { code, stdout } = await check('recovery_p1>0ms', 'recovery_p50<1h', 'recovery_p98<1ms');
    expect(code).toBe(1);
    const [p1, p50, p98] = [...stdout.matchAll(/recovery_p\d+ (\S+) (?:m?s|min)/g)].map(
      ([, value]) => Number(value),
    );
    expect(stdout).toMatch(/✔ recovery_p1 \S+ m?s > 0 ms\n {2}✔ recovery_p50 /);
    expect(stdout).toMatch(/✖ recovery_p98 .+, expected < 1 ms/);
    expect([p1, p50, p98].every((value) => value !== undefined && value > 0)).toBe(true);
  });

  it('fails where there is nothing to measure', async () => {
    expect((await check('event_loop_delay_p99<1s')).code).toBe(1);
  });

  it.each([
    [
      'recovery_q50<5s',
      'There is no metric or observation "recovery_q50"; did you mean "recovery_p50"?',
    ],
    ['recovery_p95: 5s', `recovery_p95 takes ${COMPARED}, such as "<= 5s"`],
    ['recovery_p95=5 s', `recovery_p95 takes ${COMPARED}, such as "<= 5 s"`],
    ['sessions=60', `sessions takes ${COMPARED}, such as "== 60"`],
    ['sessions!=60', `sessions takes ${COMPARED}, such as "== 60"`],
    ['recovery_p99.9<5s', `"recovery_p99.9"; ${PERCENTILES}`],
    ['recovery_p100<5s', `"recovery_p100"; ${PERCENTILES}`],
    ['recovery_pNN<5s', `"recovery_pNN"; ${PERCENTILES}`],
    ['p95<5s', ', recovery_pNN, observations'],
    ['recovery_p95<5', 'recovery_p95 takes a bound on a duration with its unit'],
    ['sessions<5s', 'sessions takes a bound on a count'],
    ['sessions', 'sessions takes a bound on a count'],
    ['lockstep', "lockstep takes none, as in 'lockstep: none'"],
    ['observations: some', 'observations takes none'],
    ['', 'There is no metric or observation ""; expected one of sessions, '],
    ['toString<5', 'There is no metric or observation "toString"'],
  ])('tells of a mistake: %s', async (bound, message) => {
    const { code, stderr } = await check(bound);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
