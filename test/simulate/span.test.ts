import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSources } from '../../src/logs/index.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import { temporaryDirectory } from '../support/world.ts';

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

function logOf(name: string, seconds: number[]): string {
  const file = path.join(temporaryDirectory(), name);
  const lines = seconds.map((second) =>
    JSON.stringify({ time: at(second), event: 'connection_closed', close_code: 1006 }),
  );
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

async function spanOf(files: string[], client: string[] = []) {
  const { started_at, duration_seconds } = await judgeLogs(findSources(files, { client }));
  return [started_at, duration_seconds];
}

describe('the span', () => {
  const servers = (): [string, string] => [logOf('a.log', [12, 10, 20]), logOf('b.log', [15, 40])];
  const browser = () => logOf('browser.log', [5, 50]);

  it('is that of all servers, in whatever order they are named', async () => {
    const [early, late] = servers();
    expect(await spanOf([early, late])).toEqual([at(10), 30]);
    expect(await spanOf([late, early])).toEqual([at(10), 30]);
  });

  it('is by the clocks of clients only where there is no server', async () => {
    expect(await spanOf(servers(), [browser()])).toEqual([at(10), 30]);
    expect(await spanOf([], [browser()])).toEqual([at(5), 45]);
  });

  it('is none where there are no records', async () => {
    expect(await spanOf([logOf('empty.log', [])])).toEqual([null, null]);
  });
});
