import { command } from '../report/github.ts';
import { safeJson } from '../report/safe-json.ts';
import { inert, sanitize } from '../report/sanitize.ts';
import { cutTo, displayWidth } from '../report/text-width.ts';
import { toldProblems } from '../simulate/errors.ts';
import { formatProblem, type Problem } from '../yaml/problem.ts';
import type { Shell } from './shell.ts';

/** Mistakes in files of YAML, for programs. */
export const PROBLEM_REPORTERS = {
  json: (problems: readonly Problem[]): string =>
    safeJson(problems.map(({ file, line, column, message }) => ({ file, line, column, message }))),
  github: (problems: readonly Problem[]): string => problems.map(annotation).join('\n'),
};

const annotation = ({ file, line, column, message }: Problem): string =>
  command('error', file === null ? {} : { file, line: line ?? 1, col: column ?? 1 }, message);

/** Columns of a terminal. */
const WIDTH = 80;
const INDENT = '  ';
/** Columns before the place that are shown of a long line. */
const BEFORE = 40;
/** Characters that are looked at: a line may be as long as a file. */
const LOOKED_AT = 200;

export function printProblems(problems: readonly Problem[], shell: Shell): void {
  for (const lines of toldProblems(problems, withSource)) shell.printError(lines);
}

/** The mistake; then its line, and a caret under the place. */
export function withSource(problem: Problem): string {
  const { source, column } = problem;
  const told = formatProblem(problem);
  if (source === null || column === null || source.trim() === '') return told;
  const [before, after] = inertHalves(
    endOf(shown(source.slice(Math.max(0, column - 1 - LOOKED_AT), column - 1))),
    shown(source.slice(column - 1, column - 1 + LOOKED_AT)),
  );
  const line = cutTo(`${before}${after}`, WIDTH - INDENT.length);
  return `${told}\n${INDENT}${line}\n${INDENT}${' '.repeat(displayWidth(before))}^`;
}

/** Both halves of a line as it is printed: what GitHub takes for a command is longer there. */
function inertHalves(before: string, after: string): [string, string] {
  const whole = inert(`${before}${after}`);
  const isAtStart = before.trim() === '';
  const end = isAtStart ? inert(after) : inert(`x${after}`).slice(1);
  return [whole.slice(0, whole.length - end.length), end];
}

/** A tab has no width of its own. */
const shown = (text: string): string => sanitize(text.replaceAll('\t', ' '));

/** The text, or `…` and the last of it. */
function endOf(text: string): string {
  if (displayWidth(text) <= BEFORE) return text;
  const characters = [...text];
  let end = '';
  while (displayWidth(`${characters.at(-1)}${end}`) < BEFORE) end = `${characters.pop()}${end}`;
  return `…${end}`;
}
