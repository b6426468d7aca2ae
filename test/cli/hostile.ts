import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { RunResult } from '../../src/model/result.ts';
import type { Hostile } from '../logs/hostile.ts';
import type { Outcome } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';

export interface Checked extends Outcome {
  named: string;
  result: RunResult | undefined;
}

/** Has a hostile log checked, however that is done. */
export async function check(
  hostile: Hostile,
  run: (named: string, args: string[]) => Promise<Outcome>,
): Promise<Checked> {
  const named = hostile.make(temporaryDirectory());
  const summary = path.join(temporaryDirectory(), 'summary.json');
  const args = ['check', named, '--reporter', 'pretty', '--reporter', `json=${summary}`];
  const [outcome] = await Promise.all([run(named, args), hostile.feed?.(named)]);
  const result = existsSync(summary) ? JSON.parse(readFileSync(summary, 'utf8')) : undefined;
  return { ...outcome, named, result };
}

/** What a terminal would act on: all that is no text, but for line feeds. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** What to do where nothing was understood, and nothing else. */
const HINTS = /^(wsdiag: (no|one|a line) .*\n)?$/;

/** It was judged: every line is accounted for, what was wrong is said, and nothing moves a terminal. */
export function expectJudged(hostile: Hostile, checked: Checked): void {
  const { code, stdout, stderr, result, named } = checked;
  expect(stderr).toMatch(HINTS);
  expect(stdout).not.toMatch(CONTROLS);
  for (const text of hostile.unprintable ?? []) expect(stdout).not.toContain(text);

  const { verdict, doubts, evidence } = result as RunResult;
  const [log] = evidence as [RunResult['evidence'][number]];
  const damaged = doubts.filter(({ code }) => code === 'line-damaged');
  expect({
    code,
    reasons: [...new Set(damaged.map(({ value }) => value))],
    doubts: doubts.filter((doubt) => !damaged.includes(doubt)).map(({ code }) => code),
  }).toEqual({ code: hostile.exit, reasons: hostile.reasons, doubts: hostile.doubts });
  expect(log).toMatchObject({ file: named, ...hostile.lines });
  expect(log.lines).toBe(log.records + log.ignored + log.rejected);
  expect(verdict).toBe(['pass', 'fail', undefined, 'unknown'][hostile.exit]);
  if (log.rejected > 0) expect(verdict).not.toBe('pass');
  for (const { where, value } of damaged) {
    expect(stdout).toContain(`${named}:${where && 'line' in where && where.line}\n`);
    expect(stdout).toContain(value);
  }
}

/** There was nothing to judge, and one line says why. */
export function expectUnreadable(hostile: Hostile, checked: Checked): void {
  const { code, stdout, stderr, result, named } = checked;
  expect({ code, stdout, result }).toEqual({ code: 2, stdout: '', result: undefined });
  expect(stderr.split('\n')).toEqual([expect.stringContaining(hostile.error as string), '']);
  expect(stderr).toContain(`wsdiag: ${named}: `);
}
