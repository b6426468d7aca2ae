import { type Palette, PLAIN } from './palette.ts';
import { sanitize } from './sanitize.ts';
import { cutTo, displayWidth } from './text-width.ts';

export interface TableColumn {
  name: string;
  align: 'left' | 'right';
  /** Whether a part of a value is still of use: of a text it is, a number in part is another one. */
  canBeCut: boolean;
}

/** Text from outside, or null where there is none. */
export type Cell = string | null;

export interface TableOptions {
  palette?: Palette;
  /** Columns of the terminal; without it nothing is cut. */
  width?: number;
}

export interface Table {
  /** Lines above the rows. */
  head: string[];
  row(cells: Cell[]): string;
  /** The line below them. */
  foot: string;
  /** Columns that have no room. */
  hidden: string[];
}

/** Texts up to this width stay whole, and longer ones keep this much. */
const MAX_WHOLE = 20;
const MIN_CUT = 8;
const MIN_NAME = 7;
/** What stands around a cell. */
const PADDING = 3;
const NULL = 'NULL';

/** A table in a box, laid out for the rows in `sample`; wider cells in other rows only look worse. */
export function createTable(
  columns: TableColumn[],
  sample: Cell[][],
  { palette = PLAIN, width }: TableOptions = {},
): Table {
  const shown = layOut(
    columns.map((column, index) => measured(column, index, sample)),
    width,
  );
  const rule = (left: string, middle: string, right: string) =>
    `${left}${shown.map((column) => '─'.repeat(column.width + 2)).join(middle)}${right}`;
  const line = (cells: string[]) => `│ ${cells.join(' │ ')} │`;
  return {
    head: [
      rule('┌', '┬', '┐'),
      line(shown.map((column) => palette.bold(padded(sanitize(column.name), column)))),
      rule('├', '┼', '┤'),
    ],
    row: (cells) =>
      line(
        shown.map((column) => {
          const cell = cells[column.index] ?? null;
          return cell === null ? palette.dim(padded(NULL, column)) : padded(sanitize(cell), column);
        }),
      ),
    foot: rule('└', '┴', '┘'),
    hidden: columns.flatMap(({ name }, index) =>
      shown.some((column) => column.index === index) ? [] : [name],
    ),
  };
}

interface Measured extends TableColumn {
  index: number;
  /** Nothing but nulls. */
  isEmpty: boolean;
  /** What it may be cut to. */
  least: number;
  /** What it takes uncut. */
  natural: number;
  width: number;
}

function measured(column: TableColumn, index: number, sample: Cell[][]): Measured {
  const name = displayWidth(sanitize(column.name));
  let values = 0;
  let isEmpty = true;
  for (const row of sample) {
    const cell = row[index] ?? null;
    if (cell !== null) isEmpty = false;
    values = Math.max(values, displayWidth(sanitize(cell ?? NULL)));
  }
  const natural = Math.max(name, values);
  const whole = Math.max(values, Math.min(name, MIN_NAME));
  const least = column.canBeCut && whole > MAX_WHOLE ? MIN_CUT : whole;
  return { ...column, index, isEmpty, least, natural, width: natural };
}

function layOut(columns: Measured[], width: number | undefined): Measured[] {
  const total = (key: 'least' | 'width', of: Measured[]) =>
    of.reduce((sum, column) => sum + column[key] + PADDING, 1);
  if (width === undefined || total('width', columns) <= width) return columns;

  const shown: Measured[] = [];
  for (const column of columns) {
    if (column.isEmpty && columns.length > 1) continue;
    if (shown.length > 0 && total('least', [...shown, column]) > width) break;
    shown.push({ ...column, width: column.least });
  }
  for (let spare = width - total('width', shown); spare > 0; spare -= 1) {
    const narrow = shown.filter((column) => column.width < column.natural);
    if (narrow.length === 0) break;
    narrow.reduce((a, b) => (b.width < a.width ? b : a)).width += 1;
  }
  return shown;
}

function padded(text: string, { width, natural, align }: Measured): string {
  // A cell that is wider than all of the sample keeps what it has.
  const cut = width < natural ? cutTo(text, width) : text;
  const space = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return align === 'right' ? space + cut : cut + space;
}
