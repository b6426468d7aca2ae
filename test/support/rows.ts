import { createParser, type ParsedRecord } from '../../src/logs/parse.ts';
import { putRow } from '../../src/logs/put-row.ts';
import { EVENTS, Rows } from '../../src/model/rows.ts';

/** All that a row says but its place, to be compared. Hashes of one process are alike. */
export function saidBy(rows: Rows, row: number) {
  return {
    event: EVENTS[rows.event(row)],
    time: rows.time(row),
    session: [rows.sessionLow(row), rows.sessionHigh(row)],
    connection_sequence: rows.sequence(row),
    client: [rows.clientLow(row), rows.clientHigh(row)],
    document: [rows.documentLow(row), rows.documentHigh(row)],
    code: rows.code(row),
    value: rows.value(row),
    verified: rows.verified(row),
    detail: rows.detail(row),
    clean: rows.clean(row),
  };
}

/** What a parsed line is as a row. */
export function saidByRecord(record: Omit<ParsedRecord, 'kind' | 'writer'>) {
  const rows = new Rows(1);
  putRow(rows, 0, record);
  return saidBy(rows, 0);
}

const parse = createParser({ map: {}, events: {}, since: null, until: null }, 'server');

/** Rows of lines, each with the index of its file. */
export function rowsOf(lines: readonly { file?: number; line: object }[]): Rows {
  const rows = new Rows(lines.length);
  for (const [row, { file = 0, line }] of lines.entries()) {
    const parsed = parse(Buffer.from(JSON.stringify(line)));
    if (parsed.kind !== 'record') throw new Error(`no record: ${JSON.stringify(line)}`);
    putRow(rows, row, parsed);
    rows.setFile(row, file);
    rows.setLine(row, row + 1);
    // It is looked up by its row.
    rows.setOffset(row, row);
  }
  return rows;
}
