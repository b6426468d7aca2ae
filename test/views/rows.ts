import type { Row } from '../../src/model/record.ts';
import { Sessions } from '../../src/views/index.ts';

export const START = Date.UTC(2026, 0, 1);

/** A row of a server's log; `time` in seconds. */
export function row(event: string, time: number, fields: Partial<Row> = {}): Row {
  return {
    log: 'server',
    stream: 0,
    event,
    file: 0,
    line: 1,
    session: 0,
    parent: -1,
    client_hash: 0,
    document_hash: 0,
    unverified: false,
    record: undefined,
    connection_sequence: 0,
    close_code: 0,
    duration_seconds: Number.NaN,
    ...fields,
    time: START + time * 1000,
  };
}

export const opened = (time: number, connection_sequence: number, fields: Partial<Row> = {}) =>
  row('connection_opened', time, { connection_sequence, ...fields });

export const closed = (time: number, connection_sequence: number, fields: Partial<Row> = {}) =>
  row('connection_closed', time, { connection_sequence, close_code: 1006, ...fields });

export function folded(rows: Row[], streams = [0]): Sessions {
  const sessions = new Sessions(streams);
  for (const one of rows) sessions.onRow(one);
  return sessions;
}

export const summaryOf = (rows: Row[], streams?: number[]) => folded(rows, streams).summary(0, 's');
