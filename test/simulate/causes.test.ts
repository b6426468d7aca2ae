/** What the known bugs of clients are told of as. */
import fs from 'node:fs';
import { expect, it } from 'vitest';
import type { Cause } from '../../src/model/causes.ts';
import { causeMessage, causeRule } from '../../src/report/causes.ts';
import { storedRun } from '../support/stored-run.ts';
import { isThorough } from '../support/thorough.ts';

const CAUSES: Record<string, string> = {
  'resets-on-refresh': '5 sessions began again at 1, each after the fault refresh and a reload.',
  'starts-at-two': '4 sessions did not begin at 1.',
  'never-increments':
    '4 sessions used a number twice, each right after a close with 1006 (dropped without a close frame).',
  'counts-only-success': '4 sessions used a number twice, each right after a failed attempt.',
  'shares-session-with-duplicate':
    '2 sessions had two live pages at once, each after the fault duplicate_tab.',
  'omits-sequence': '4 sessions had lines without a usable number.',
  'ignores-last-seen':
    '4 sessions used a number twice, each after the fault restore and a page that came back.',
  'forks-in-frames': '6 sessions had a page that began one session after another.',
};

const names = Object.keys(CAUSES);

it('has every scenario of a client’s bug', () => {
  const shipped = fs.readdirSync('scenarios/must-fail').map((file) => file.replace('.yaml', ''));
  expect(names.toSorted()).toEqual(shipped.toSorted());
});

it.each(isThorough ? names : names.slice(0, 1))('%s is one cause', async (name) => {
  const text = fs.readFileSync(`scenarios/must-fail/${name}.yaml`, 'utf8');
  const { result, remove } = await storedRun(text.replace(/^expect:.*/ms, ''));
  remove();
  expect(result.causes.map(causeMessage)).toEqual([CAUSES[name]]);
  const [cause] = result.causes;
  if (name === 'ignores-last-seen') expect(causeRule(cause as Cause)).toMatch(/, 7\.$/);
  expect(cause?.findings).toBe(result.findings.length);
  for (const { evidence } of cause?.examples ?? []) {
    for (const { text = '' } of evidence) expect(JSON.parse(text)).toHaveProperty('session_id');
  }
});
