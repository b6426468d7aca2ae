import { putRow } from '../../src/logs/put-row.ts';
import { idTableOf } from '../../src/logs/scan.ts';
import type { ChartData } from '../../src/model/chart-data.ts';
import type { LogRecord } from '../../src/model/record.ts';
import { EVENTS, LOGS, Rows } from '../../src/model/rows.ts';
import { ChartsFold, namedCharts } from '../../src/views/index.ts';

/** Folds records that come one by one, as rows, and names what is drawn by them. */
export function drawing(first: Iterable<string> = []) {
  // A file for each log and stream.
  const files = LOGS.flatMap((_, log) =>
    [0, 1].map((stream) => ({ log, stream: 2 * log + stream })),
  );
  const fold = new ChartsFold(files, idTableOf(first));
  const rows = new Rows(1);
  const records: LogRecord[] = [];
  return {
    add(record: LogRecord) {
      if (!(EVENTS as readonly string[]).includes(record.event)) return;
      putRow(rows, 0, {
        ...record,
        client_id: record.client_id ?? undefined,
        connection_sequence: record.connection_sequence ?? undefined,
      });
      rows.setFile(0, 2 * LOGS.indexOf(record.log) + (record.stream ?? 0));
      rows.setOffset(0, records.push(record) - 1);
      fold.onRow(rows, 0);
    },
    finish: (): ChartData =>
      namedCharts(fold.finish(), {
        session_id: ({ offset }) => records[offset]?.session_id ?? '?',
        fault: ({ offset }) => String(records[offset]?.fields.fault),
        failure: ({ offset }) => records[offset]?.fields.error as string | undefined,
      }),
  };
}
