import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Shell } from '../../src/cli/shell.ts';

const TERMINAL = { isTTY: true, columns: 80 };

function shell(env: Record<string, string>, stream: object) {
  const output = () => Object.assign(new PassThrough(), stream);
  return new Shell(
    Object.assign(new EventEmitter(), {
      stdin: new PassThrough(),
      stdout: output(),
      stderr: output(),
      env,
    }),
  );
}

describe('what is printed', () => {
  it.each<[string, Record<string, string>, object, { live: boolean; colours: boolean }]>([
    ['a terminal', {}, TERMINAL, { live: true, colours: true }],
    ['a pipe', {}, {}, { live: false, colours: false }],
    ['a pipe, with colours', { FORCE_COLOR: '1' }, {}, { live: false, colours: true }],
    ['a pipe, with none', { FORCE_COLOR: '0' }, {}, { live: false, colours: false }],
    ['a terminal, with NO_COLOR', { NO_COLOR: '1' }, TERMINAL, { live: true, colours: false }],
    ['NO_COLOR over all', { NO_COLOR: '1', FORCE_COLOR: '1' }, {}, { live: false, colours: false }],
    ['NO_COLOR set to nothing', { NO_COLOR: '' }, TERMINAL, { live: true, colours: true }],
    ['a dumb terminal', { TERM: 'dumb' }, TERMINAL, { live: false, colours: false }],
    ['a terminal in CI', { CI: '1' }, TERMINAL, { live: false, colours: true }],
    ['CI set to nothing', { CI: '' }, TERMINAL, { live: true, colours: true }],
    ['a terminal without a width', {}, { isTTY: true, columns: 0 }, { live: false, colours: true }],
  ])('to %s', (_, env, stream, { live, colours }) => {
    const { isLive, palette } = shell(env, stream);
    expect({ live: isLive, colours: palette.level > 0 }).toEqual({ live, colours });
  });
});

describe('the width of text', () => {
  it.each([
    [80, 80],
    [0, undefined],
    [undefined, undefined],
  ])('on a stream of %j columns is %j', (columns, width) => {
    expect(shell({}, { isTTY: true, columns }).width).toBe(width);
  });
});
