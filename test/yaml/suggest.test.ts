import { describe, expect, test } from 'vitest';
import { suggest } from '../../src/yaml/suggest.ts';

describe('suggest', () => {
  const names = ['drop', 'close', 'refresh', 'close_tab', 'restart_server'];

  test.each([
    ['dorp', 'drop'],
    ['drp', 'drop'],
    ['drops', 'drop'],
    ['refrsh', 'refresh'],
    ['restart-sever', 'restart_server'],
    ['close-tab', 'close_tab'],
    ['clsoe', 'close'],
  ])('%s was meant as %s', (unknown, meant) => {
    expect(suggest(unknown, names)).toBe(`did you mean "${meant}"?`);
  });

  test.each(['explode', 'x', '', 'constructor', 'd'.repeat(10_000)])(
    '%.12s is none of them',
    (unknown) => {
      expect(suggest(unknown, names)).toBe(`expected one of ${names.join(', ')}`);
    },
  );
});
