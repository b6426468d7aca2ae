import { describe, expect, it } from 'vitest';
import { findSources, LogUnreadable, openSources, type Source } from '../../src/logs/index.ts';
import { temporaryDirectory } from '../support/world.ts';
import { HOSTILE } from './hostile.ts';
import { parsedLines } from './support.ts';

const readable = HOSTILE.filter(({ lines, isLarge }) => lines !== null && !isLarge);
const isRoot = process.getuid?.() === 0;
const unreadable = HOSTILE.filter(
  ({ error, between, isForbidden }) => error !== undefined && !between && !(isForbidden && isRoot),
);

describe('a hostile log', () => {
  it.each(readable)('is read, ignored or rejected line by line: $name', async (hostile) => {
    const file = hostile.make(temporaryDirectory());
    const [source] = findSources([file]);
    const [lines] = await Promise.all([parsedLines(source as Source), hostile.feed?.(file)]);
    const count = (wanted: string) => lines.filter(({ kind }) => kind === wanted).length;
    const reasons = lines.flatMap((line) => (line.kind === 'rejected' ? [line.reason] : []));
    expect({
      lines: { records: count('record'), ignored: count('ignored'), rejected: count('rejected') },
      reasons: [...new Set(reasons)],
    }).toEqual({ lines: hostile.lines, reasons: hostile.reasons });
    expect({}).not.toHaveProperty('polluted');
  });

  it.each(unreadable)(
    'is told of in one line where there is no reading it: $name',
    async (hostile) => {
      const named = hostile.make(temporaryDirectory());
      const opening = openSources([named]);
      await expect(opening).rejects.toThrow(LogUnreadable);
      await expect(opening).rejects.toThrow(`${named}: ${hostile.error}`);
    },
  );
});
