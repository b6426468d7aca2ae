import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { check, UsageError } from 'wsdiag';
import 'wsdiag/vitest';

const EXAMPLES = path.join(import.meta.dirname, '../../examples');
/** Passes, with sessions that come back in lockstep within 5.2 s. */
const deploy = await check(path.join(EXAMPLES, 'deploy.log'));
/** Has two connections under one number. */
const backend = await check(path.join(EXAMPLES, 'backend.log'), {
  map: { session_id: 'ctx.sid', connection_sequence: 'seq', close_code: 'code', time: 'ts' },
});

/** What a failing assertion says. */
function messageOf(assertion: () => void): string {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  return 'it held';
}

describe('expect', () => {
  it('toPassStorm holds where the verdict is pass, and shows the report where it is not', () => {
    expect(deploy).toPassStorm();
    expect(backend).not.toPassStorm();
    expect(messageOf(() => expect(deploy).not.toPassStorm())).toMatch(
      /^expected the verdict not to be pass\n\n\S+deploy\.log\n.*\n✔ pass {2}\S+deploy\.log\n/s,
    );
    const message = messageOf(() => expect(backend).toPassStorm());
    expect(message).toMatch(
      /^expected the verdict to be pass\n\n\S+backend\.log\n.*\n✖ fail {2}\S+backend\.log\n/s,
    );
    expect(message).toContain('\n  sequence-duplicated  session kiosk-7 #1\n');
    expect(message).toContain('Two connections of the session have number 1.');
  });

  it('toKeepBound holds a metric against a bound, and shows its value', () => {
    expect(deploy).toKeepBound('recovery_p95 < 6s');
    expect(deploy).not.toKeepBound('recovery_p95 < 1s');
    expect(messageOf(() => expect(deploy).toKeepBound('recovery_p95 < 1s'))).toMatch(
      /^expected recovery_p95 < 1s to hold\n.*5\.14.*\n\n.*\n✔ pass/s,
    );
    expect(messageOf(() => expect(deploy).not.toKeepBound('recovery_p95<6s'))).toMatch(
      /^expected recovery_p95<6s not to hold\n\n.*\n✔ pass/s,
    );
  });

  it('toKeepBound takes no percentile that was not measured, and none for its contrary', () => {
    const unasked =
      /recovery_p90 is measured where it is asked for: give simulate\(\) or check\(\)/;
    expect(messageOf(() => expect(deploy).toKeepBound('recovery_p90 < 6s'))).toMatch(unasked);
    expect(messageOf(() => expect(deploy).not.toKeepBound('recovery_p90 < 6s'))).toMatch(unasked);
  });

  it('toKeepBound tells of what stands out, too', () => {
    expect(deploy).toKeepBound('ghosts: none');
    expect(messageOf(() => expect(deploy).toKeepBound('lockstep: none'))).toMatch(
      /^expected lockstep: none to hold\n24 sessions came back 5\.12 s after/,
    );
  });

  it('toKeepBound keeps no bound where there is nothing to measure, and takes none that makes no sense', () => {
    expect(deploy).not.toKeepBound('event_loop_delay_p99 < 1h');
    expect(() => expect(deploy).toKeepBound('recovery_p95 < 4')).toThrow(UsageError);
    expect(() => expect(deploy).not.toKeepBound('recovery < 4s')).toThrow(UsageError);
  });

  it('toHaveFinding looks for a code', () => {
    expect(backend).toHaveFinding('sequence-duplicated');
    expect(backend).not.toHaveFinding('session-lost');
    expect(messageOf(() => expect(deploy).toHaveFinding('session-lost'))).toMatch(
      /^expected a finding session-lost\n\n.*\n✔ pass/s,
    );
    expect(messageOf(() => expect(backend).not.toHaveFinding('sequence-duplicated'))).toMatch(
      /^expected no finding sequence-duplicated\n\n.*\n✖ fail/s,
    );
  });

  it('tells of an await that is missing', () => {
    expect(() => expect(Promise.resolve(deploy)).toPassStorm()).toThrow(
      'toPassStorm takes what simulate() or check() resolved to; is an await missing before it?',
    );
  });

  it('takes no code that is no finding', () => {
    // @ts-expect-error
    const look = () => expect(backend).not.toHaveFinding('sesion-lost');
    expect(look).toThrow('there is no finding "sesion-lost"; did you mean "session-lost"?');
  });
});
