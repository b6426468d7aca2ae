import type { ChalkInstance } from 'chalk';
import type { Explanation, LineKind } from '../model/explanation.ts';
import { counted, number } from './format.ts';
import { sanitize } from './sanitize.ts';

const MAX_KINDS = 20;
const MAX_WIDTH = 200;

/** Why lines are no events, in words. */
const REASONS: Record<string, string> = {
  blank: 'nothing on them',
  'no-event': 'no connection event',
  'out-of-span': 'before --since or after --until',
};

interface Shown {
  palette: ChalkInstance;
  command: string;
}

/** What the lines of logs were read as, for people. */
export const reportExplanations = (all: readonly Explanation[], shown: Shown): string =>
  [
    ...all.map((explanation) => reportOne(explanation, shown)),
    `How to describe a log: docs/log-formats.md, and all keys by \`${shown.command} schema log-format\`.\n`,
  ].join('\n');

function reportOne(explanation: Explanation, { palette, command }: Shown): string {
  const { file, format, lines, kinds, suggestion, recognised } = explanation;
  const name = file === '-' ? 'stdin' : sanitize(file);
  const isReadAs = format === null ? '' : `, read by the format ${sanitize(format)}`;
  const shown = kinds.slice(0, MAX_KINDS);
  const events = shown.filter(({ reason }) => reason === null);
  const suspected = shown.filter(({ isSuspected }) => isSuspected && format === null);
  const others = shown.filter((kind) => kind.reason !== null && !suspected.includes(kind));
  return [
    `${palette.bold(name)}: ${counted(lines, 'line')}${isReadAs}`,
    ...section('Connection events', events, palette),
    ...section('These look like connections, and were not understood', suspected, palette),
    ...section('Other lines', others, palette),
    ...rest(explanation, shown.length),
    ...leftAlone(explanation),
    ...(recognised === null ? [] : described(READ_BY, recognised, name, command)),
    ...(suggestion === null ? [] : described(TO_START_FROM, suggestion, name, command)),
    ...(kinds.some((kind) => kind.reason === null || kind.isSuspected) ? [] : NOTHING),
    '',
  ].join('\n');
}

const NOTHING = ['', 'No line looks like a connection.'];

/** What a description may have missed, or leaves on purpose. */
function leftAlone({ format, kinds }: Explanation): string[] {
  const left = kinds.filter(({ isSuspected }) => isSuspected);
  const [first] = left;
  if (format === null || first === undefined) return [];
  const lines = left.reduce((sum, kind) => sum + kind.lines, 0);
  const look =
    lines === 1 ? 'line that looks like a connection is' : 'lines that look like connections are';
  return [
    '',
    `${number(lines)} ${look} left alone by the format ${sanitize(format)}, such as line ${number(first.line)}:`,
    `  ${clipped(first.text, MAX_WIDTH)}`,
  ];
}

function section(title: string, kinds: readonly LineKind[], palette: ChalkInstance): string[] {
  if (kinds.length === 0) return [];
  return ['', `${title}:`, ...kinds.flatMap((kind) => ['', ...kindLines(kind, palette)])];
}

function kindLines(
  { readAs, reason, lines, line, text, fields, has }: LineKind,
  palette: ChalkInstance,
) {
  const why = reason === null ? '' : `: ${REASONS[reason] ?? sanitize(reason)}`;
  const width = Math.max(0, ...fields.map(({ field }) => field.length));
  const values = fields.map(({ value }) => clipped(value, 48));
  const valueWidth = Math.max(0, ...values.map(({ length }) => length));
  return [
    `  ${palette.bold(`${number(lines)} ×`)} ${readAs}${why}, first on line ${number(line)}`,
    `    ${palette.dim(clipped(text, MAX_WIDTH))}`,
    ...fields.map(
      ({ field, from }, index) =>
        `      ${field.padEnd(width)}  ${(values[index] ?? '').padEnd(valueWidth)}  from ${clipped(from, 60)}`,
    ),
    ...hasLines(has),
  ];
}

const MAX_HAS = 30;

/** What stands where, by the paths that a description names. */
function hasLines(has: LineKind['has']): string[] {
  const shown = has.slice(0, MAX_HAS).map(({ path, value }) => [clipped(path, 40), value] as const);
  const width = Math.max(0, ...shown.map(([path]) => path.length));
  const left = has.length - shown.length;
  return [
    ...shown.map(([path, value]) => `      ${path.padEnd(width)}  ${clipped(value, 60)}`),
    ...(left > 0 ? [`      and ${counted(left, 'field')} more`] : []),
  ];
}

function rest({ kinds, otherLines }: Explanation, shown: number): string[] {
  const hidden = kinds.slice(shown).reduce((sum, { lines }) => sum + lines, otherLines);
  return hidden === 0 ? [] : ['', `and ${counted(hidden, 'line')} of other kinds`];
}

const TO_START_FROM = 'A description to start from. Save it as format.yaml, correct it, and run';
const READ_BY =
  'The description that it was read by. To change it, save it as format.yaml, and run';

const described = (title: string, yaml: string, name: string, command: string): string[] => [
  '',
  title,
  `${command} sessions ${name} --log-format format.yaml`,
  '',
  ...yaml
    .trimEnd()
    .split('\n')
    .map((line) => `  ${sanitize(line)}`),
];

function clipped(text: string, width: number): string {
  const safe = sanitize(text.length > 4 * width ? text.slice(0, 4 * width) : text);
  return safe.length > width ? `${safe.slice(0, width - 1)}…` : safe;
}
