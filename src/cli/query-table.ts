import type { QueryResult } from '../query/index.ts';
import { counted, number } from '../report/format.ts';
import { type Cell, createTable, sanitize, type TableColumn } from '../report/index.ts';
import { wrapped } from '../report/text-width.ts';
import type { Shell } from './shell.ts';

/** Rows that a terminal shows. */
const MAX_SHOWN = 100;
/** Rows that a table without an end is laid out for. */
const MAX_SAMPLE = 10_000;

/** A result as a table, for stdout where there is a shell. Only a terminal, for whose reader alone it is, gets a part of it. */
export async function* tableOf(
  { cells, isNumeric, isText }: typeof import('../query/index.ts'),
  result: QueryResult,
  shell: Shell | null,
): AsyncGenerator<string> {
  const columns = result.columns.map(({ name, type }): TableColumn => {
    return { name, align: isNumeric(type) ? 'right' : 'left', canBeCut: isText(type) };
  });
  const isTerminal = shell?.stdout.isTTY === true;
  const limit = isTerminal ? MAX_SHOWN : MAX_SAMPLE;
  const rows = cells(result);
  const sample: Cell[][] = [];
  while (sample.length < limit) {
    const { done, value } = await rows.next();
    if (done) break;
    sample.push(...value.slice(0, isTerminal ? limit - sample.length : undefined));
  }
  const { head, row, foot, hidden } = createTable(columns, sample, {
    palette: shell?.palette,
    // A terminal without a width, as a bare pseudo-terminal is, cuts nothing.
    width: isTerminal ? shell.width : undefined,
  });
  yield [...head, ...sample.map(row), ''].join('\n');
  if (!isTerminal) for await (const some of rows) yield [...some.map(row), ''].join('\n');
  yield `${foot}\n`;
  if (isTerminal) yield note(sample.length, result.rowCount, hidden);
}

function note(shown: number, rowCount: number, hidden: string[]): string {
  const lines = [counted(rowCount, 'row')];
  if (shown < rowCount) lines[0] += `, and the first ${number(shown)} are here`;
  if (hidden.length > 0)
    lines.push(...wrapped(`not shown: ${hidden.map(sanitize).join(', ')}`, 80));
  if (shown < rowCount || hidden.length > 0) lines.push('--format csv has everything');
  return `${lines.join('\n')}\n`;
}
