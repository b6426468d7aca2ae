import fs from 'node:fs';
import path from 'node:path';
import { findSources } from '../../src/logs/index.ts';
import type { RunResult } from '../../src/model/result.ts';
import { judgeLogs } from '../../src/simulate/judge.ts';
import type { Line, Lines } from '../judge/world.ts';
import { temporaryDirectory } from './world.ts';

const LOGS = ['server', 'client', 'faults'] as const;

/** Judges the three logs of a run from disk, as `wsdiag check` does. */
export function judgeRunLogs(lines: Lines, options: { parts?: number } = {}): Promise<RunResult> {
  const directory = temporaryDirectory();
  for (const log of LOGS) {
    const text = lines[log].map((line) => `${JSON.stringify(line)}\n`).join('');
    fs.writeFileSync(path.join(directory, `${log}.ndjson`), text);
  }
  return judgeLogs(findSources([directory]), options);
}

/** What was found, without the places, which other lines move. */
export const found = ({ findings, verdict }: RunResult) => ({
  verdict,
  findings: findings.map(({ evidence: _, ...finding }) => finding),
});

/**
 * Adds sound sessions that have nothing to do with those that are there, spread over all of each log.
 *
 * @param count how many, of two connections each
 */
export function withOthers(lines: Lines, count: number): Lines {
  const others = Array.from({ length: count }, (_, index) => otherSession(index));
  const spread = (own: Line[], added: Line[][]): Line[] => {
    const [first, ...rest] = own;
    const last = rest.pop();
    const gaps = rest.length + 1;
    const mixed = Array.from({ length: gaps }, (_, gap) => [
      ...added.filter((_, index) => index % gaps === gap).flat(),
      ...rest.slice(gap, gap + 1),
    ]).flat();
    return [first, ...mixed, last].filter((line) => line !== undefined);
  };
  return {
    server: spread(
      lines.server,
      others.map(({ server }) => server),
    ),
    client: spread(
      lines.client,
      others.map(({ client }) => client),
    ),
    faults: lines.faults,
  };
}

function otherSession(index: number): Pick<Lines, 'server' | 'client'> {
  const session_id = `other${index}`;
  const document_id = `page${index}`;
  const time = '2026-01-01T00:00:00.500Z';
  const line = (event: string, fields: object): Line => ({ time, event, session_id, ...fields });
  const of = (number: number) => ({
    connection_sequence: number,
    client_id: `other${index}-${number}`,
  });
  const ended = { close_code: 1006, close_reason: '', was_clean: false, duration_seconds: 0 };
  const numbers = [1, 2];
  return {
    server: numbers.flatMap((number) => [
      line('connection_opened', { ...of(number), document_id, session_verified: true }),
      line('connection_closed', { ...of(number), ...ended, closed_by: 'network' }),
    ]),
    client: [
      line('session_started', { reason: 'new', parent_session_id: null, document_id }),
      line('document_loaded', { document_id, navigation: 'navigate' }),
      ...numbers.flatMap((number) => [
        line('connection_attempt', { connection_sequence: number, document_id }),
        line('connection_opened', { ...of(number), document_id }),
        line('connection_closed', { ...of(number), ...ended, document_id }),
      ]),
      line('document_unloaded', {
        document_id,
        connection_sequence: null,
        client_id: null,
        reason: 'close',
      }),
    ],
  };
}
