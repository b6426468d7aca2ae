import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RunResult } from '../../../src/model/result.ts';
import type { LogLine } from './seen.ts';

const BIN = fileURLToPath(new URL('../../../bin/wsdiag.js', import.meta.url));

/** What `wsdiag check` says of both logs, in a few words that do not change from run to run. */
export async function check(client: LogLine[], server: LogLine[]): Promise<string> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-story-'));
  try {
    write(path.join(directory, 'client.ndjson'), client);
    write(path.join(directory, 'server.ndjson'), server);
    return wordsFor(JSON.parse(await checked(directory)) as RunResult);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

const write = (file: string, lines: LogLine[]): void =>
  fs.writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

/** Not waited for with all else: the story's servers live in this process. */
function checked(directory: string): Promise<string> {
  const args = ['check', 'server.ndjson', '--client', 'client.ndjson', '--reporter', 'json'];
  return new Promise((resolve) => {
    execFile(process.execPath, [BIN, ...args], { cwd: directory }, (_, stdout) => resolve(stdout));
  });
}

function wordsFor({ verdict, findings, excused }: RunResult): string {
  const found = [...new Set(findings.map(({ code }) => code))].sort();
  const excuses = excused.map(({ code }) => code).sort();
  return [
    `check: ${verdict}`,
    ...(found.length > 0 ? [`finds ${found.join(', ')}`] : []),
    ...(excuses.length > 0 ? [`excuses ${excuses.join(', ')}`] : []),
  ].join(', ');
}
