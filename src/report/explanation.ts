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

/** What the lines of a log were read as, for people. */
export function reportExplanation(
  explanation: Explanation,
  { palette, command }: { palette: ChalkInstance; command: string },
): string {
  const { file, format, lines, kinds, suggestion } = explanation;
  const name = file === '-' ? 'stdin' : sanitize(file);
  const isReadAs = format === null ? '' : `, read by the format ${sanitize(format)}`;
  const shown = kinds.slice(0, MAX_KINDS);
  const events = shown.filter(({ reason }) => reason === null);
  const suspected = shown.filter(({ isSuspected }) => isSuspected);
  const others = shown.filter((kind) => kind.reason !== null && !kind.isSuspected);
  return [
    `${palette.bold(name)}: ${counted(lines, 'line')}${isReadAs}`,
    ...section('Connection events', events, palette),
    ...section('These look like connections, and were not understood', suspected, palette),
    ...section('Other lines', others, palette),
    ...rest(explanation, shown.length),
    ...(suggestion === null ? [] : toStartFrom(suggestion, name, command)),
    ...(events.length + suspected.length === 0 ? NOTHING : []),
    '',
  ].join('\n');
}

const NOTHING = [
  '',
  'No line looks like a connection. `docs/log-formats.md` says how to describe a log.',
];

function section(title: string, kinds: readonly LineKind[], palette: ChalkInstance): string[] {
  if (kinds.length === 0) return [];
  return ['', `${title}:`, ...kinds.flatMap((kind) => ['', ...kindLines(kind, palette)])];
}

function kindLines(
  { readAs, reason, lines, line, text, fields }: LineKind,
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
  ];
}

function rest({ kinds, otherLines }: Explanation, shown: number): string[] {
  const hidden = kinds.slice(shown).reduce((sum, { lines }) => sum + lines, otherLines);
  return hidden === 0 ? [] : ['', `and ${counted(hidden, 'line')} of other kinds`];
}

const toStartFrom = (suggestion: string, name: string, command: string): string[] => [
  '',
  'A description to start from. Save it as format.yaml, correct it, and run',
  `${command} sessions ${name} --log-format format.yaml`,
  '',
  ...suggestion
    .trimEnd()
    .split('\n')
    .map((line) => `  ${sanitize(line)}`),
];

function clipped(text: string, width: number): string {
  const safe = sanitize(text.length > 4 * width ? text.slice(0, 4 * width) : text);
  return safe.length > width ? `${safe.slice(0, width - 1)}…` : safe;
}
