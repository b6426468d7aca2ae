import fs from 'node:fs';
import path from 'node:path';
import { findSources } from '../../src/logs/index.ts';
import type { RunResult } from '../../src/model/result.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import type { BruteFinding, BruteLog } from './brute-force.ts';
import { temporaryDirectory } from './world.ts';

/** A file for each of the logs, in a directory of their own. */
export function logFiles(...logs: object[][]): string[] {
  const directory = temporaryDirectory();
  return logs.map((lines, index) => {
    const file = path.join(directory, `${'abcdef'[index]}.ndjson`);
    fs.writeFileSync(file, lines.map((one) => `${JSON.stringify(one)}\n`).join(''));
    return file;
  });
}

/** Judges logs of one side, one of each server or client, as `wsdiag check` does. */
export function judgeFiles(files: string[], side: BruteLog['side']): Promise<RunResult> {
  return judgeLogs(side === 'client' ? findSources([], { client: files }) : findSources(files));
}

/** Findings in the form of the brute-force checker: places without the files, but with their indexes. */
export function comparable({ findings }: RunResult, files: string[]): BruteFinding[] {
  return findings.map(({ code, session_id, connection_sequence, evidence }) => ({
    code,
    session: session_id,
    number: connection_sequence,
    proof: evidence.map(({ file, line }) => `${files.indexOf(file)}:${line}`),
  }));
}

/** Each finding with the line that is wrong, as text: what else proves it may be one of several. */
export const named = (findings: BruteFinding[]): string[] =>
  [
    ...new Set(
      findings.map(({ code, session, number, proof }) =>
        [code, session, number, proof.at(-1)].join(' '),
      ),
    ),
  ].toSorted();
