import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openFile } from '../../src/cli/open-file.ts';
import { temporaryDirectory } from '../support/world.ts';

describe('a file is opened', () => {
  it.each([
    ['darwin', 'open', []],
    ['linux', 'xdg-open', []],
    ['win32', 'rundll32', ['url.dll,FileProtocolHandler']],
  ] as const)('on %s by %s, which no shell is between', async (platform, program, args) => {
    const bin = temporaryDirectory();
    const told = path.join(bin, 'told');
    const script = '#!/bin/sh\nprintf "%s\\n" "$@" > "$TOLD"\n';
    fs.writeFileSync(path.join(bin, program), script, { mode: 0o755 });
    await openFile('a "$(b).html', { PATH: `${bin}:/usr/bin:/bin`, TOLD: told }, platform);
    const file = path.resolve('a "$(b).html');
    expect(fs.readFileSync(told, 'utf8').trimEnd().split('\n')).toEqual([...args, file]);
  });
});
