/** Vitest's `expect`, with matchers for what `simulate` and `check` resolve to. Imported by a test, or a setup file. */

import { expect } from 'vitest';
import { crossedBounds, measureBounds } from '../judge/bounds.ts';
import { FINDING_CODES, type FindingCode } from '../model/findings.ts';
import type { MetricName } from '../model/metrics.ts';
import { fieldOf } from '../model/summary-metrics.ts';
import { resultOf, type Summary } from '../report/json.ts';
import { findingMessage } from '../report/messages.ts';
import { reportPretty } from '../report/pretty.ts';
import { expectationOf } from '../scenario/expectations.ts';
import { suggest } from '../yaml/suggest.ts';
import { COMMAND } from './command.ts';

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: it has to be declared as Vitest does
  interface Matchers<T = any> {
    /** That the verdict is `pass`: every session can be followed, and every bound is kept. */
    toPassStorm(): void;
    /**
     * That a metric keeps its bound, or that something does not stand out: `recovery_p95 < 4s`, `lockstep: none`. Of
     * a metric for which there was nothing to measure, no bound is kept. Percentiles other than `p50`, `p95` and
     * `p99` have to be in the run's or the check's own `expect`.
     */
    toKeepBound(bound: string): void;
    /** That there is a finding of that code, expected by the scenario or not. */
    toHaveFinding(code: FindingCode): void;
  }
}

expect.extend({
  toPassStorm: (received: unknown) => {
    const summary = summaryIn(received, 'toPassStorm');
    const pass = summary.verdict === 'pass';
    return { pass, message: () => report(`the verdict ${pass ? 'not ' : ''}to be pass`, summary) };
  },

  toKeepBound: (received: unknown, bound: string) => {
    const summary = summaryIn(received, 'toKeepBound');
    const { bounds, observations } = expectationOf(bound);
    for (const { metric } of bounds) requireMeasured(metric, bound, summary);
    const seen = summary.observations.filter(({ name }) => observations.includes(name));
    const against = [
      ...crossedBounds(measureBounds(bounds, resultOf(summary).metrics)).map(findingMessage),
      ...seen.map(({ message }) => message),
    ];
    const pass = against.length === 0;
    const expected = [`${bound} ${pass ? 'not ' : ''}to hold`, ...against].join('\n');
    return { pass, message: () => report(expected, summary) };
  },

  toHaveFinding: (received: unknown, code: FindingCode) => {
    const summary = summaryIn(received, 'toHaveFinding');
    if (!FINDING_CODES.includes(code)) {
      throw new TypeError(`there is no finding "${code}"; ${suggest(code, FINDING_CODES)}`);
    }
    const pass = summary.findings.some((finding) => finding.code === code);
    return { pass, message: () => report(`${pass ? 'no' : 'a'} finding ${code}`, summary) };
  },
});

/** Of percentiles, most are measured only where a bound asks for them: else neither a bound nor its contrary holds. */
function requireMeasured(metric: MetricName, bound: string, { metrics }: Summary): void {
  if (Object.hasOwn(metrics, fieldOf(metric))) return;
  throw new TypeError(
    `${metric} is measured where it is asked for: give simulate() or check() { expect: '${bound}' }`,
  );
}

/** What was expected, and then all that a terminal would show. */
const report = (expected: string, summary: Summary): string =>
  `expected ${expected}\n\n${reportPretty(resultOf(summary), { command: COMMAND })}`;

function summaryIn(received: unknown, matcher: string): Summary {
  const isSummary =
    typeof received === 'object' && received !== null && 'summary_version' in received;
  if (isSummary) return received as Summary;
  throw new TypeError(
    `${matcher} takes what simulate() or check() resolved to; is an await missing before it?`,
  );
}
