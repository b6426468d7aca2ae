import { describe, expect, it } from 'vitest';
import { type Cell, createTable, type TableColumn } from '../../src/report/index.ts';
import { displayWidth } from '../../src/report/text-width.ts';

const text = (name: string): TableColumn => ({ name, align: 'left', canBeCut: true });
const number = (name: string): TableColumn => ({ name, align: 'right', canBeCut: false });

function lines(columns: TableColumn[], rows: Cell[][], width?: number): string[] {
  const { head, row, foot } = createTable(columns, rows, { width });
  return [...head, ...rows.map(row), foot];
}

const ID = 'b1b4c284-9be7-47e8-9d1c-ab07f72e1bc8';

describe('a table', () => {
  it('is a box with numbers to the right', () => {
    expect(
      lines(
        [text('id'), number('code')],
        [
          ['a', '1006'],
          ['bcd', null],
        ],
      ),
    ).toEqual([
      '┌─────┬──────┐',
      '│ id  │ code │',
      '├─────┼──────┤',
      '│ a   │ 1006 │',
      '│ bcd │ NULL │',
      '└─────┴──────┘',
    ]);
  });

  it('cuts nothing where there is no end to the width', () => {
    const [, , , row] = lines([text('id'), text('more')], [[ID, 'x'.repeat(1000)]]);
    expect(row).toBe(`│ ${ID} │ ${'x'.repeat(1000)} │`);
  });

  it.each([20, 30, 40, 60, 80, 100])('fits %i columns', (width) => {
    const columns = [
      text('session_id'),
      number('connection_sequence'),
      text('event'),
      text('more'),
    ];
    const rows: Cell[][] = [[ID, '12', 'connection_closed', 'y'.repeat(200)]];
    for (const line of lines(columns, rows, width)) {
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
  });

  it('cuts texts, and never numbers', () => {
    const rows: Cell[][] = [[ID, '1234567890123456789']];
    const [, , , row] = lines([text('session_id'), number('n')], rows, 36);
    expect(row).toBe('│ b1b4c284… │ 1234567890123456789 │'.replace('84…', '84-…'));
  });

  it('keeps what a row has that is wider than all of the sample', () => {
    const { row } = createTable([text('t'), number('n')], [['a', '1']]);
    expect(row(['longer', '1234'])).toBe('│ longer │ 1234 │');
  });

  it('leaves out columns that are empty, then those at the end, and tells which', () => {
    const columns = [text('id'), text('empty'), number('n'), text('last')];
    const rows: Cell[][] = [[ID, null, '1', 'z'.repeat(30)]];
    expect(createTable(columns, rows, { width: 20 }).hidden).toEqual(['empty', 'last']);
    expect(createTable(columns, rows, { width: 40 }).hidden).toEqual(['empty']);
    expect(createTable(columns, rows, { width: 120 }).hidden).toEqual([]);
  });

  it('lets nothing from outside reach a terminal raw', () => {
    const evil = '\u001b[2J\n\u202e\u009b1m';
    const [, name, , row] = lines([text(evil)], [[evil]]);
    expect(row).toBe('│ \\u001b[2J\\u000a\\u202e\\u009b1m │');
    expect(name).toBe(row);
  });

  it('aligns what is wide or combined', () => {
    const rows = [['日本'], ['e\u0301'], ['🦆'], ['🇩🇪'], ['ｶﾞ'], ['abcd']];
    const widths = lines([text('t')], rows).map(displayWidth);
    expect(new Set(widths)).toEqual(new Set([8]));
  });

  it('cuts what is wide to the width', () => {
    const [, , , row] = lines([text('t')], [['日本'.repeat(20)]], 14);
    expect(row).toBe('│ 日本日本…  │');
  });
});
