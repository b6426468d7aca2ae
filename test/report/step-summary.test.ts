import { describe, expect, it } from 'vitest';
import type { RunResult } from '../../src/model/result.ts';
import { stepSummary } from '../../src/report/index.ts';
import { BEGAN_AGAIN, BOUNDS, findingOf, METRICS, RUN } from './results.ts';

/** As GitHub shows its text. */
const shown = (result: RunResult) =>
  stepSummary(result).replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));

describe('the step summary', () => {
  it('has the verdict, bounds, causes with their lines, and metrics', () => {
    const text = shown({
      ...RUN,
      verdict: 'fail',
      bounds: BOUNDS,
      findings: BEGAN_AGAIN.examples,
      causes: [
        {
          ...BEGAN_AGAIN,
          examples: BEGAN_AGAIN.examples.map((finding) => ({
            ...finding,
            evidence: finding.evidence.map((line) => ({ ...line, text: '{"event":"x"}' })),
          })),
        },
      ],
    });
    expect(text).toMatch(/^### wsdiag: fail refresh-storm\n\n/);
    expect(text).toContain('- ✅ recovery_p95 1.81 s < 4 s\n- ❌ losses 205, expected < 100\n');
    expect(text).toContain(
      '**5 sessions began again at 1, each after the fault refresh and a reload.** A page keeps',
    );
    expect(text).toContain('- server.ndjson:40  {"event":"x"}\n\nand 18 findings more\n');
    expect(text).toContain('| recovery | p50 420 ms · p95 1.81 s · p99 12.3 s · max 2 min 5 s |');
    expect(text).not.toContain('| Finding |');
  });

  it('says nothing of what was not measured', () => {
    expect(shown({ ...RUN, metrics: { ...METRICS, recovery_max: null } })).not.toContain(
      'recovery',
    );
  });

  it('has a table of the first findings that are of no cause', () => {
    const findings = Array.from({ length: 25 }, () => findingOf('session-lost'));
    const text = shown({ ...RUN, verdict: 'fail', findings });
    expect(text.match(/^\| session-lost \|/gm)).toHaveLength(20);
    expect(text).toContain('and 5 findings more');
  });

  it('shows text from logs as text', () => {
    const text = '<img src=x> | [x](http://x) `code` **b** @someone\n\n# x';
    const finding = {
      ...findingOf('session-lost'),
      session_id: text,
      evidence: [{ file: text, line: 1, text }],
    };
    const cause = { ...BEGAN_AGAIN, examples: [finding], after: { fault: text } };
    for (const causes of [[], [cause]]) {
      const summary = stepSummary({ ...RUN, findings: [finding], causes });
      expect(summary).not.toMatch(/<img|\[x\]|`code`|\*\*b|@someone|^# x/m);
      expect(summary).toContain('someone');
    }
  });
});
