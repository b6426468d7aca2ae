import type { Verdict } from '../model/findings.ts';
import type { RunResult } from '../model/result.ts';
import { causeMessage } from './causes.ts';
import { failingFindings, missedFindings } from './expected.ts';
import { counted } from './format.ts';
import { doubtMessage, findingMessage } from './messages.ts';
import { type Palette, PLAIN } from './palette.ts';
import { quoted } from './quoted.ts';
import type { RenderOptions } from './reporter.ts';
import { inert, sanitize } from './sanitize.ts';
import { cutTo, wrapped } from './text-width.ts';

/** What stands last, where a person looks first: the verdict, and what can be done next. */

export const MARKS: Record<Verdict, { mark: string; colour: keyof Palette; past: string }> = {
  pass: { mark: '✔', colour: 'green', past: 'passed' },
  fail: { mark: '✖', colour: 'red', past: 'failed' },
  unknown: { mark: '?', colour: 'yellow', past: 'unknown' },
};
const WIDTH = 80;
const LABEL_WIDTH = 12;

interface Ending {
  palette: Palette;
  command: string;
  /** Whether more is told with `--verbose`. */
  hidesSome: boolean;
  quiet?: boolean;
}

/** The verdict, and commands to be copied, which are not wrapped. */
export function ending(
  result: RunResult,
  { palette, command, hidesSome, quiet = false }: Ending,
): string[] {
  const { run_dir, replay } = result;
  const alone = quiet ? 'leave out --quiet' : 'add --verbose';
  const again =
    run_dir === null ? alone : `${command} check ${quoted(sanitize(run_dir))} --verbose`;
  const rows = [
    ['run', run_dir && sanitize(run_dir)],
    ['details', hidesSome && again],
    ['replay', replay && sanitize(replay)],
  ].flatMap(([label, text]) =>
    label && text ? [`  ${palette.dim(label.padEnd(LABEL_WIDTH))}${text}`] : [],
  );
  return [verdictLine(result, palette), ...rows];
}

function verdictLine({ verdict, name, interrupted }: RunResult, palette: Palette): string {
  const { mark, colour } = MARKS[verdict];
  const note = interrupted ? palette.yellow(' (interrupted)') : '';
  return `${palette[colour](palette.bold(`${mark} ${verdict}`))}  ${sanitize(name)}${note}`;
}

/** Several results at a glance, and how to have those again that did not pass; nothing of a single one. */
export function overview(
  results: readonly RunResult[],
  { palette = PLAIN, wanted = results.length }: RenderOptions = {},
): string {
  if (wanted < 2 || results.length === 0) return '';
  const counts = (Object.keys(MARKS) as Verdict[]).flatMap((verdict) => {
    const { colour, past } = MARKS[verdict];
    const count = results.filter((one) => one.verdict === verdict).length;
    return count > 0 ? [palette[colour](`${count} ${past}`)] : [];
  });
  const notRun = wanted > results.length ? [`${wanted - results.length} not run`] : [];
  const replays = results.flatMap(({ verdict, replay }) =>
    verdict === 'pass' || replay === null ? [] : [sanitize(replay)],
  );
  const hasRepeats = new Set(results.map(({ name }) => name)).size < results.length;
  const lines = [
    '',
    ...results.map((result) => inOneLine(result, palette)),
    '',
    `${palette.bold(counted(wanted, hasRepeats ? 'run' : 'scenario'))}: ${[...counts, ...notRun].join(', ')}`,
    ...replays.map(
      (replay, index) =>
        `  ${palette.dim((index === 0 ? 'replay' : '').padEnd(LABEL_WIDTH))}${replay}`,
    ),
  ];
  return `${lines.map(inert).join('\n')}\n`;
}

/** The verdict, what is against it, a line each, and where there is more. */
export function inBrief(
  result: RunResult,
  { palette = PLAIN, command = 'wsdiag' }: RenderOptions = {},
): string {
  const said = against(result);
  const more = said.length - MAX_AGAINST;
  const [verdict = '', ...rows] = ending(result, {
    palette,
    command,
    hidesSome: true,
    quiet: true,
  });
  const lines = [
    verdict,
    ...said
      .slice(0, MAX_AGAINST)
      .flatMap((text) => wrapped(text, WIDTH - 2).map((one) => `  ${one}`)),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...rows,
  ];
  return `${lines.map(inert).join('\n')}\n`;
}

const MAX_AGAINST = 5;

/** The verdict, and the first of what is against it, in a line. */
function inOneLine(result: RunResult, palette: Palette): string {
  const [first, ...more] = against(result);
  const head = verdictLine(result, palette);
  if (first === undefined) return head;
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  const room = WIDTH - verdictLine(result, PLAIN).length - 2 - others.length;
  return `${head}: ${cutTo(first, Math.max(room, MIN_BRIEF))}${palette.dim(others)}`;
}

const MIN_BRIEF = 20;

/** Why the verdict is not `pass`, a sentence each, without its full stop. */
function against(result: RunResult): string[] {
  const { causes, doubts } = result;
  const ofCauses = new Set(causes.flatMap(({ codes }) => codes));
  const others = failingFindings(result).filter(
    ({ code, session_id }) => session_id === null || !ofCauses.has(code),
  );
  return [
    ...causes.map(causeMessage),
    ...others.map(findingMessage),
    ...missedFindings(result).map((code) => `${code} was expected, and not found`),
    ...doubts.map(doubtMessage),
  ].map((sentence) => sentence.replace(/\.$/, ''));
}
