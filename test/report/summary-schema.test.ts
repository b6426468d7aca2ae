import Ajv from 'ajv/dist/2020.js';
import { describe, expect, it, test } from 'vitest';
import type { RunResult } from '../../src/model/result.ts';
import { reportJson } from '../../src/report/index.ts';
import { jsonSummary, resultOf } from '../../src/report/json.ts';
import { summaryJsonSchema, summarySchema } from '../../src/report/summary-schema.ts';
import { play } from '../judge/world.ts';
import {
  QUICK_SCENARIOS,
  readSummary,
  runCli,
  runDirectoryIn,
  scenarioFile,
} from '../support/cli.ts';
import { judgeRunLogs } from '../support/run-logs.ts';
import { itThoroughly } from '../support/thorough.ts';
import { temporaryDirectory } from '../support/world.ts';
import { ALL_FINDINGS, BOUNDS, DOUBTS, findingOf, NO_METRICS, PLAYED, RUN } from './results.ts';

/** After a change: `npx vitest run test/report/summary-schema.test.ts -u`. */
test('docs/summary.schema.json is what wsdiag schema summary prints', async () => {
  const text = `${JSON.stringify(summaryJsonSchema(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../../docs/summary.schema.json');
});

const validate = new Ajv.default({ strict: true, formats: { 'date-time': true } }).compile(
  summaryJsonSchema(),
);

/** Why the schema refuses it; and what it has that the schema does not know. */
function problems(summary: unknown) {
  const known = summarySchema.safeParse(summary);
  if (known.success) expect(known.data).toEqual(summary);
  return validate(summary) ? [] : validate.errors;
}

describe('the schema of summaries', () => {
  it.each<[string, Partial<RunResult>]>([
    ['a run', {}],
    ['all findings and doubts', { verdict: 'fail', findings: ALL_FINDINGS, doubts: DOUBTS }],
    [
      'a disagreement about a fault',
      {
        findings: [findingOf('logs-disagree', { about: 'fault', expected: '1006' })],
      },
    ],
    [
      'causes',
      {
        causes: [
          {
            codes: ['session-lost'],
            sessions: 2,
            findings: 2,
            told_by: null,
            began_again: false,
            misnumbered: false,
            after: { event: 'close', close_code: 1012 },
            examples: [findingOf('session-lost')],
          },
        ],
      },
    ],
    ['bounds', { bounds: BOUNDS }],
    ['workers', PLAYED],
    ['workers that no fault was common to', { ...PLAYED, moments_apart: null }],
    ['a percentile that was asked for', { metrics: { ...RUN.metrics, recovery_p90: 1.5 } }],
    [
      'observations that were expected not to be made',
      { expected_observations: [{ name: 'lockstep', text: 'none', held: false }] },
    ],
    ['expectations', { expected_findings: [{ code: 'session-lost', occurred: false }] }],
    [
      'coverage',
      {
        coverage: [
          { code: 'session-lost', ran: false, lacking: 'no-client-log' },
          { code: 'close-missing', ran: true, lacking: null },
        ],
      },
    ],
    [
      'logs of which little is known',
      {
        seed: null,
        replay: null,
        run_dir: null,
        started_at: null,
        duration_seconds: null,
        plan_hash: null,
        metrics: NO_METRICS,
      },
    ],
  ])('fits %s', (_, fields) => {
    expect(problems(JSON.parse(reportJson({ ...RUN, ...fields })))).toEqual([]);
  });

  it('refuses what no summary says', () => {
    const summary = JSON.parse(reportJson({ ...RUN, findings: [findingOf('close-missing')] }));
    expect(problems({ ...summary, verdict: 'perhaps' })).not.toEqual([]);
    expect(problems({ ...summary, summary_version: 1 })).not.toEqual([]);
    expect(problems({ ...summary, metrics: {} })).not.toEqual([]);
    const [finding] = summary.findings;
    expect(problems({ ...summary, findings: [{ ...finding, details: {} }] })).not.toEqual([]);
  });

  it('lets pass what a later wsdiag may add', () => {
    expect(validate({ ...JSON.parse(reportJson(RUN)), more: 1 })).toBe(true);
  });

  it.each(['bounds', 'causes', 'observations', 'expected_observations', 'plan_hash'])(
    'refuses a summary without %s',
    (field) => {
      const { [field]: _, ...summary } = JSON.parse(reportJson(RUN));
      expect(problems(summary)).not.toEqual([]);
    },
  );

  it('names metrics with their unit, as logs do, and gives bounds theirs', () => {
    const { metrics, bounds } = jsonSummary({
      ...RUN,
      metrics: { ...RUN.metrics, recovery_p90: 1.5 },
      bounds: BOUNDS,
    });
    expect(metrics).toMatchObject({
      losses: 205,
      peak_attempts_per_second: 120,
      recovery_p90_seconds: 1.5,
      recovery_max_seconds: 125,
      event_loop_delay_p99_ms: 12.3,
      event_loop_delay_p99_ms_by_process: { client: 12.3, server: 1 },
    });
    expect(metrics).not.toHaveProperty('recovery_p90');
    expect(bounds.map(({ metric, unit }) => [metric, unit])).toEqual([
      ['recovery_p95', 'seconds'],
      ['losses', 'count'],
    ]);
  });

  it('is made of a result that it can be turned back to', () => {
    const metrics = { ...RUN.metrics, recovery_p90: 1.5 };
    const result = { ...RUN, metrics, bounds: BOUNDS };
    expect(resultOf(jsonSummary(result))).toMatchObject(result);
    expect(resultOf(jsonSummary(result)).metrics).toEqual(metrics);
  });

  it('fits what is judged of logs', async () => {
    const result = await judgeRunLogs(play([[0, 'drop'], 'open', 'kill']));
    expect(problems(JSON.parse(reportJson(result)))).toEqual([]);
  });

  for (const verdict of ['pass', 'fail', 'unknown'] as const) {
    itThoroughly(`fits what simulate writes: ${verdict}`, async () => {
      const out = temporaryDirectory();
      const file = scenarioFile(QUICK_SCENARIOS[verdict]);
      const { stdout } = await runCli(['simulate', file, '--out', out, '--reporter', 'json']);
      const summary = readSummary(runDirectoryIn(out));
      expect(problems(summary)).toEqual([]);
      expect(summary.verdict).toBe(verdict);
      expect(JSON.parse(stdout)).toEqual(summary);
    });
  }
});
