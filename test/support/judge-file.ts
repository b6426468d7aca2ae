import type { RunResult } from '../../src/core/result.ts';
import { findSources } from '../../src/history/index.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import type { BruteFinding, BruteLog } from './brute-force.ts';

/** Judges one log alone, as `wsdiag check` does. */
export async function judgeFile(
  file: string,
  side: BruteLog['side'] = 'server',
): Promise<RunResult> {
  return judgeLogs(
    findSources(side === 'client' ? [] : [file], { client: side === 'client' ? [file] : [] }),
  );
}

/** Findings in the form of the brute-force checker, places without the file. */
export function comparable({ findings }: RunResult): BruteFinding[] {
  return findings.map(({ code, session_id, connection_sequence, evidence }) => ({
    code,
    session: session_id,
    number: connection_sequence,
    proof: evidence.map(({ line }) => `0:${line}`),
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
