import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSources, readSession, takeSnapshot } from '../../src/logs/index.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { temporaryDirectory } from '../support/world.ts';
import { TIME } from './support.ts';

const line = (event: string, fields: object = {}) =>
  `${JSON.stringify({ time: TIME, event, ...fields })}\n`;

async function read(content: string, session: string, limit = 100) {
  const file = join(temporaryDirectory(), 'server.ndjson');
  writeFileSync(file, content);
  const { sources } = await takeSnapshot(findSources([file]));
  const records: LogRecord[] = [];
  const scan = await readSession(sources, session, limit, (record) => records.push(record));
  return { ...scan, records };
}

describe('readSession', () => {
  const opened = (session_id: string | undefined, fields: object = {}) =>
    line('connection_opened', { session_id, connection_sequence: 1, client_id: 'c', ...fields });

  it('gives the lines of the session, and counts all', async () => {
    const ids = ['a', 'b', 'é', undefined, 'a', 'c'];
    const content = `${ids.map((id) => opened(id)).join('')}{\n${opened('é', { text: 'é' })}`;
    const { records, files, doubts } = await read(content, 'é');
    expect(records.map((one) => [one.line, one.session_id])).toEqual([
      [3, 'é'],
      [8, 'é'],
    ]);
    expect(files).toMatchObject([{ lines: 8, records: 7, rejected: 1 }]);
    expect(doubts).toMatchObject([{ code: 'line-damaged', where: { line: 7 } }]);
  });

  it('gives so many, and counts those that are left', async () => {
    const { records, left } = await read(opened('a').repeat(5), 'a', 2);
    expect(records).toHaveLength(2);
    expect(left).toBe(3);
  });

  it('gives the sessions that came from it', async () => {
    const started = line('session_started', { session_id: 'b', parent_session_id: 'a' });
    const { records } = await read(started, 'a');
    expect(records).toMatchObject([{ event: 'session_started', session_id: 'b' }]);
  });

  it('gives lines that name their connection alone, with what another line of it has', async () => {
    const closed = line('connection_closed', { client_id: 'c', close_code: 1006 });
    const { records } = await read(opened('a') + closed + closed, 'a');
    expect(
      records.map(({ event, session_id, connection_sequence }) => [
        event,
        session_id,
        connection_sequence,
      ]),
    ).toEqual([
      ['connection_opened', 'a', 1],
      ['connection_closed', 'a', 1],
    ]);
  });
});
