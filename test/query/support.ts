import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { LogName } from '../../src/core/records.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { LogDatabase } from '../../src/query/index.ts';
import { temporaryDirectory } from '../support/world.ts';

const TIME = '2026-01-01T00:00:00.000Z';

/** A line as the reader hands it out. */
export function record(fields: Record<string, unknown>, log: LogName = 'server'): LogRecord {
  const whole = { time: TIME, event: 'connection_closed', ...fields };
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    log,
    file: `${log}.ndjson`,
    line: 1,
    time: Date.parse(whole.time as string),
    event: whole.event,
    session_id: text(fields.session_id),
    connection_sequence: fields.connection_sequence as number | undefined,
    client_id: text(fields.client_id),
    document_id: text(fields.document_id),
    fields: whole,
  };
}

/** A database of these records, ready for queries. Its tables are those of `logs`. */
export async function databaseOf(records: LogRecord[], logs: LogName[] = ['server']) {
  const database = await loaded(temporaryDirectory(), records, logs);
  onTestFinished(() => database.close());
  return database;
}

/** One for all tests of a file, made before them, of a server's log. */
export async function sharedDatabase(records: LogRecord[] = []) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'wsdiag-test-'));
  const database = await loaded(directory, records, ['server']);
  const remove = () => {
    database.close();
    fs.rmSync(directory, { recursive: true, force: true });
  };
  return { database, remove };
}

async function loaded(directory: string, records: LogRecord[], logs: LogName[]) {
  const database = await LogDatabase.open(
    directory,
    logs.map((log) => ({ log, file: `${log}.ndjson` })),
  );
  for (const one of records) database.add(one);
  database.finishLoading();
  return database;
}

export async function rowsOf(database: LogDatabase, sql: string): Promise<unknown[][]> {
  const { rows } = await database.run(sql);
  const all: unknown[][] = [];
  for await (const some of rows()) all.push(...some);
  return all;
}

export const asked = async (sql: string, records: LogRecord[], logs?: LogName[]) =>
  rowsOf(await databaseOf(records, logs), sql);

export async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}
