import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LOG_FILES, type LogName } from '../../src/core/records.ts';
import { decide, doubtsAbout, meetExpected } from '../../src/judge/verdict.ts';
import { findSources } from '../../src/logs/index.ts';
import type { Doubt, Finding, FindingCode } from '../../src/model/findings.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { isThorough } from '../support/thorough.ts';
import { type Lines, play } from './world.ts';

const doubt: Doubt = { code: 'line-damaged', where: null, value: '' };
const found = (...codes: FindingCode[]) => codes.map((code) => ({ code }) as Finding);
const verdict = (findings: Finding[], doubts: Doubt[], expected: FindingCode[] = []) =>
  decide(findings, doubts, meetExpected(expected, findings));

describe('the verdict', () => {
  it.each<[string, FindingCode[], FindingCode[], string]>([
    ['pass', [], [], 'nothing was found'],
    ['fail', ['close-missing'], [], 'something was found'],
    ['pass', ['close-missing'], ['close-missing'], 'what was expected was found'],
    ['fail', [], ['close-missing'], 'what was expected was not found'],
    ['fail', ['close-missing', 'session-lost'], ['close-missing'], 'more was found'],
  ])('is %s for %j, expecting %j: %s', (expected, codes, expectedCodes) => {
    expect(verdict(found(...codes), [], expectedCodes)).toBe(expected);
  });

  it('is unknown with a doubt', () => {
    expect(verdict([], [doubt])).toBe('unknown');
    expect(verdict([], [doubt], ['close-missing'])).toBe('unknown');
  });

  it('lets findings stand where lines went missing, but no pass', () => {
    const missing: Doubt = { code: 'lines-missing', where: null, value: '' };
    expect(verdict(found('close-missing'), [missing])).toBe('fail');
    expect(verdict([], [missing])).toBe('unknown');
    expect(verdict(found('close-missing'), [missing, doubt])).toBe('unknown');
  });

  it('rests on no order where a log has the lines of several servers', () => {
    const mixed: Doubt = { code: 'several-writers', where: null, value: '' };
    expect(verdict([], [mixed])).toBe('unknown');
    expect(verdict(found('sequence-not-increasing', 'close-missing'), [mixed])).toBe('unknown');
    expect(verdict(found('sequence-not-increasing', 'sequence-duplicated'), [mixed])).toBe('fail');
    expect(verdict(found('sequence-not-increasing'), [doubt])).toBe('fail');
  });

  it('rests on lines that are there where there is a doubt', () => {
    expect(verdict(found('close-missing'), [doubt])).toBe('unknown');
    expect(verdict(found('sequence-duplicated'), [doubt])).toBe('fail');
    expect(verdict(found('sequence-duplicated'), [doubt], ['sequence-duplicated'])).toBe('unknown');
  });
});

describe('a server that was late', () => {
  const late: Doubt = { code: 'server-late', where: null, value: '2.3 s' };
  const doubts = (codes: FindingCode[], expected: FindingCode[] = []) =>
    doubtsAbout(found(...codes), [late, doubt], meetExpected(expected, found(...codes)));

  it('is doubted where a bound was crossed, or a session did not come back', () => {
    expect(doubts(['threshold-crossed'])).toEqual([late, doubt]);
    expect(doubts(['session-lost', 'threshold-crossed'])).toEqual([late, doubt]);
    expect(verdict(found('threshold-crossed'), [late])).toBe('unknown');
  });

  it('is not where nothing fails, or something else does', () => {
    expect(doubts([])).toEqual([doubt]);
    expect(doubts(['threshold-crossed'], ['threshold-crossed'])).toEqual([doubt]);
    expect(doubts(['threshold-crossed', 'close-missing'])).toEqual([doubt]);
    expect(doubts(['session-lost'], ['session-lost', 'close-missing'])).toEqual([doubt]);
  });
});

describe('a run directory', () => {
  async function judgeFiles(lines: Lines, cut: Partial<Record<LogName, number>> = {}) {
    const directory = mkdtempSync(join(tmpdir(), 'verdict-'));
    try {
      for (const log of ['server', 'client', 'faults'] as const) {
        const text = lines[log].map((line) => `${JSON.stringify(line)}\n`).join('');
        const keep = text.length - (cut[log] ?? 0);
        writeFileSync(join(directory, LOG_FILES[log]), text.slice(0, keep));
      }
      return await judgeLogs(findSources([directory]));
    } finally {
      rmSync(directory, { recursive: true });
    }
  }

  const lines = play([[0, 'drop'], 'open', [1, 'refresh'], 'kill', [0, 'half-open']]);

  it('passes as it was written', async () => {
    expect(await judgeFiles(lines)).toMatchObject({ verdict: 'pass', findings: [], doubts: [] });
  });

  it.each(['server', 'client', 'faults'] as const)('is unknown where %s was cut', async (log) => {
    const lastLine = JSON.stringify(lines[log].at(-1)).length + 1;
    for (let bytes = 1; bytes < lastLine; bytes += isThorough ? 7 : 29) {
      const { verdict } = await judgeFiles(lines, { [log]: bytes });
      expect(verdict, `${bytes} bytes`).toBe('unknown');
    }
  });
});
