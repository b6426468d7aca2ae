import { describe, expect, it } from 'vitest';
import { HOSTILE } from '../logs/hostile.ts';
import { runCli } from '../support/cli.ts';
import { check, expectJudged, expectUnreadable } from './hostile.ts';

/** Those that are small, and that nothing happens to meanwhile. The long tests run all, and measure memory. */
const CALM = HOSTILE.filter(
  ({ isLarge, during, between, isForbidden }) => !isLarge && !during && !between && !isForbidden,
);

describe('check', () => {
  it.each(CALM)('holds against $name', async (hostile) => {
    const checked = await check(hostile, (_, args) => runCli(args));
    if (hostile.error === undefined) expectJudged(hostile, checked);
    else expectUnreadable(hostile, checked);
    expect({}).not.toHaveProperty('polluted');
  });
});
