import { describe, expect, it } from 'vitest';
import type { RunWorker } from '../../src/model/workers.ts';
import { reportPretty, stepSummary } from '../../src/report/index.ts';
import { pageData } from '../../src/report/page-content.ts';
import { workerRows } from '../../src/report/workers.ts';
import { PLAYED, RUN } from './results.ts';

const RESULT = { ...RUN, ...PLAYED };
const [ONE] = PLAYED.workers as [RunWorker, ...RunWorker[]];

describe('a report of a run that several workers played', () => {
  it('has each, its clock, and how far apart they told of one fault', () => {
    expect(reportPretty(RESULT).split('\n').slice(5, 9)).toEqual([
      '  workers     2, clocks within 0.31 ms, 1 not read again at the end',
      '              w-a on host-1: 1,000 clients, 4,321 attempts, clock +12.31 ms ± 0.2 ms',
      String.raw`              w\u001bb on host-2: 1 client, clock −3 ms ± 0.1 ms, lost: it no longer answered`,
      '  one moment  faults at most 3.1 ms apart (drop, number 7)',
    ]);
  });

  it('has the same on its page, and in the step summary', () => {
    const { facts } = pageData({ result: RESULT, chartData: null });
    expect(facts.slice(-4).map(([label]) => label)).toEqual([
      'Workers',
      'Worker',
      'Worker',
      'One moment',
    ]);
    expect(stepSummary(RESULT)).toContain('| workers | 2&#44; clocks within');
  });

  it('names twenty, and how many more there are', () => {
    const workers = Array.from({ length: 25 }, (): RunWorker => ONE);
    const [[, texts] = ['', []]] = workerRows({ ...RESULT, workers });
    expect([texts.length, texts.at(-1)]).toEqual([22, 'and 5 more']);
  });

  it('says nothing of workers where one process played all', () => {
    expect(reportPretty(RUN)).not.toContain('worker');
    expect(workerRows(RUN)).toEqual([]);
  });
});
