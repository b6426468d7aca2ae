import type { Cause } from '../model/causes.ts';
import type { Doubt, Finding } from '../model/findings.ts';
import type { Lack, LogFile, RunResult } from '../model/result.ts';
import { boundOutcome } from './bounds.ts';
import { causeMessage, causeRule } from './causes.ts';
import { ending, inBrief, overview } from './ending.ts';
import { counted, number, seconds } from './format.ts';
import {
  doubtMessage,
  excuseMessage,
  findingCounts,
  findingMessage,
  findingSubject,
  LACK_MESSAGES,
} from './messages.ts';
import { metricRows, type Row } from './metric-rows.ts';
import { expectedOutcome, observationCommand, observationMessage } from './observations.ts';
import { type Paint, type Palette, PLAIN } from './palette.ts';
import { placeOf } from './place.ts';
import { unreadNotes } from './reading-note.ts';
import type { RenderOptions, Reporter } from './reporter.ts';
import { inert, sanitize } from './sanitize.ts';
import { wrapped } from './text-width.ts';
import { workerRows } from './workers.ts';

export const pretty: Reporter = {
  kind: 'text',
  render: (reported, options) =>
    reported
      .map(({ result }) =>
        options?.quiet ? inBrief(result, options) : reportPretty(result, options),
      )
      .join('\n'),
  closing: (reported, options) =>
    options?.quiet
      ? ''
      : overview(
          reported.map(({ result }) => result),
          options,
        ),
};

const MAX_FINDINGS = 20;
const MAX_EVIDENCE = 6;
/** Characters of a log line. */
const MAX_LINE = 400;
const WIDTH = 80;
const LABEL_WIDTH = 12;
const VALUE_WIDTH = WIDTH - LABEL_WIDTH - 2;

/** The result for a person: what was measured, what it means, and last, where a terminal stands, the verdict. */
export function reportPretty(result: RunResult, options: RenderOptions = {}): string {
  const { palette = PLAIN, verbose = false, command = 'wsdiag' } = options;
  const sections = [
    [palette.bold(sanitize(result.name))],
    [
      ...runRows(result),
      ...workerRows(result),
      ...metricRows(result.metrics, result.failures),
    ].flatMap(([label, lines]) => labelled(label, lines, palette)),
    evidence(result).flatMap(([label, lines]) => labelled(label, lines, palette)),
    observations(result, palette, verbose ? command : null),
    findings(result, palette, verbose),
    doubts(result, palette),
    [...bounds(result, palette), ...expectations(result, palette)],
    ending(result, { palette, command, hidesSome: !verbose && hidesSome(result) }),
  ];
  const text = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map(inert).join('\n'));
  return `${text.join('\n\n')}\n`;
}

/** One finding by itself. */
export function reportFinding(finding: Finding, { palette = PLAIN }: RenderOptions = {}): string {
  return `${inFull(finding, palette.red, null, false).join('\n')}\n`;
}

function runRows({ seed, started_at, duration_seconds: duration }: RunResult): Row[] {
  return [
    ['seed', present(seed?.toString())],
    ['started', present(started_at && sanitize(started_at))],
    ['duration', present(duration !== null && seconds(duration))],
  ];
}

/** What the rest stands on, and what it can't tell. */
const evidence = (result: RunResult): Row[] => [
  ['logs', logs(result)],
  ['excused', result.excused.flatMap((excuse) => wrapped(excuseMessage(excuse), VALUE_WIDTH))],
  ['in part', withLacks(result, true)],
  ['not checked', withLacks(result, false)],
];

function bounds({ bounds }: RunResult, palette: Palette): string[] {
  return bounds.map((outcome) => {
    const mark = outcome.held ? palette.green('✔') : palette.red('✖');
    return `  ${mark} ${boundOutcome(outcome)}`;
  });
}

function findings(result: RunResult, palette: Palette, verbose: boolean): string[] {
  const { findings, run_dir, expected_findings, causes, expected_causes } = result;
  if (findings.length === 0) return [];
  const expected = new Set(expected_findings.map(({ code }) => code));
  const show = (finding: Finding) =>
    inFull(finding, expected.has(finding.code) ? palette.dim : palette.red, run_dir, verbose);
  const allCauses = [...causes, ...expected_causes];
  const shownCauses = allCauses.slice(0, MAX_FINDINGS);
  const ofSessions = new Set(allCauses.flatMap(({ codes }) => codes));
  const others = verbose
    ? findings
    : findings.filter(({ code, session_id }) => session_id === null || !ofSessions.has(code));
  const shown = verbose ? others : others.slice(0, MAX_FINDINGS);
  const rest = others.slice(shown.length);
  return [
    palette.bold(heads(result)),
    ...shownCauses.flatMap((cause) => {
      // Nobody has to look for what is wrong there.
      const isTold = expected_causes.includes(cause) && cause.findings > 1;
      return ['', ...causeInFull(cause, palette, verbose || isTold ? null : show)];
    }),
    ...(allCauses.length > shownCauses.length
      ? ['', `  and ${counted(allCauses.length - shownCauses.length, 'cause')} more`]
      : []),
    ...shown.flatMap((finding) => ['', ...show(finding)]),
    ...(rest.length === 0 ? [] : ['', ...indented(`and ${andMore(rest)}`, 2)]),
  ];
}

function heads({ findings, causes, expected_causes, expected_findings }: RunResult): string {
  const all = [...causes, ...expected_causes];
  const codes = new Set(expected_findings.map(({ code }) => code));
  const areExpected = findings.every(({ code }) => codes.has(code)) ? ', as expected' : '';
  const counts = counted(findings.length, 'finding');
  const ofCauses = all.reduce((sum, cause) => sum + cause.findings, 0);
  if (ofCauses === all.length) return `${counts}${areExpected}`;
  const ofThem = ofCauses < findings.length ? `, ${number(ofCauses)}` : '';
  return `${counts}${ofThem} of ${counted(all.length, 'cause')}${areExpected}`;
}

/** Whether `verbose` shows more. */
const hidesSome = ({ causes, expected_causes, findings, observations }: RunResult): boolean =>
  observations.length > 0 ||
  findings.length > MAX_FINDINGS ||
  findings.some(({ evidence }) => evidence.length > MAX_EVIDENCE) ||
  causes.some(({ findings, examples }) => findings > examples.length) ||
  expected_causes.some(({ findings }) => findings > 1);

/** One that is a single finding says no more than that. */
function causeInFull(
  cause: Cause,
  palette: Palette,
  show: ((finding: Finding) => string[]) | null,
): string[] {
  const { examples, findings, codes } = cause;
  const shown = show === null ? [] : examples.flatMap((finding) => ['', ...show(finding)]).slice(1);
  if (findings === 1) return shown;
  const more = findings - examples.length;
  return [
    ...indented(causeMessage(cause), 2).map((line) => palette.bold(line)),
    ...indented(causeRule(cause), 4).map((line) => palette.dim(line)),
    ...(shown.length === 0 ? [] : ['', ...shown]),
    ...(more > 0 && show !== null
      ? ['', ...indented(`and ${number(more)} more: ${codes.join(', ')}`, 4)]
      : []),
  ];
}

function andMore(findings: Finding[]): string {
  return `${number(findings.length)} more: ${findingCounts(findings)}`;
}

function inFull(finding: Finding, paint: Paint, runDir: string | null, verbose: boolean): string[] {
  const shown = finding.evidence.slice(0, verbose ? undefined : MAX_EVIDENCE);
  const rest = finding.evidence.length - shown.length;
  return [
    `  ${paint(finding.code)}  ${findingSubject(finding)}`,
    ...indented(findingMessage(finding), 4),
    ...shown.flatMap((line) => [
      `      ${placeOf(line, runDir)}`,
      ...(line.text === undefined ? [] : [`        ${lineText(line.text)}`]),
    ]),
    ...(rest > 0 ? [`      and ${counted(rest, 'line')} more`] : []),
  ];
}

/** As much of a line as somebody reads. */
function lineText(text: string): string {
  const characters = [...sanitize(text)];
  return characters.length > MAX_LINE
    ? `${characters.slice(0, MAX_LINE).join('')}…`
    : characters.join('');
}

function expectations(
  { expected_findings, expected_observations }: RunResult,
  palette: Palette,
): string[] {
  const mark = (held: boolean) => (held ? palette.green('✔') : palette.red('✖'));
  return [
    ...expected_observations.map((one) => `  ${mark(one.held)} ${expectedOutcome(one)}`),
    ...expected_findings.map(
      ({ code, occurred }) =>
        `  ${mark(occurred)} ${code} was expected, and ${occurred ? '' : 'not '}found`,
    ),
  ];
}

/** @param command that shows more is told with, where that is wanted */
function observations(result: RunResult, palette: Palette, command: string | null): string[] {
  const { observations, run_dir } = result;
  if (observations.length === 0) return [];
  return [
    palette.bold('stands out'),
    ...observations.flatMap((observation) => {
      const places = observation.evidence.map((line) => placeOf(line, run_dir)).join(', ');
      return [
        '',
        `  ${palette.yellow(observation.name)}`,
        ...indented(observationMessage(observation), 4),
        ...indented(places, 6).map((line) => palette.dim(line)),
        // To be copied, so it is not wrapped.
        ...(command === null
          ? []
          : [`      ${palette.dim(observationCommand(observation, result, command))}`]),
      ];
    }),
  ];
}

function doubts({ doubts, run_dir }: RunResult, palette: Palette): string[] {
  if (doubts.length === 0) return [];
  return [
    palette.bold(counted(doubts.length, 'doubt')),
    ...doubts.flatMap((doubt) => ['', ...inDoubt(doubt, palette, run_dir)]),
  ];
}

function inDoubt(doubt: Doubt, palette: Palette, runDir: string | null): string[] {
  const where = doubt.where === null ? '' : `  ${placeOf(doubt.where, runDir)}`;
  return [`  ${palette.yellow(doubt.code)}${where}`, ...indented(doubtMessage(doubt), 4)];
}

function logs({ run_dir, evidence }: RunResult): string[] {
  const lines = evidence.map((log) => `${placeOf(log, run_dir)} (${linesOf(log)})`);
  const notes = unreadNotes(evidence, run_dir);
  return [...lines, ...notes];
}

/** Its lines, and what became of them where they were not all used. */
function linesOf({ lines, records, ignored, rejected }: LogFile): string {
  if (lines === records) return counted(lines, 'line');
  const parts = [
    `${number(records)} used`,
    `${number(ignored)} ignored`,
    `${number(rejected)} rejected`,
  ];
  return `${counted(lines, 'line')}: ${parts.join(', ')}`;
}

/** The checks that had not all the evidence, or none, by what they lacked. */
function withLacks({ coverage }: RunResult, hasRun: boolean): string[] {
  const codesOf = new Map<Lack, string[]>();
  for (const { code, ran, lacking } of coverage) {
    if (lacking === null || lacking === 'no-expectations' || ran !== hasRun) continue;
    codesOf.set(lacking, [...(codesOf.get(lacking) ?? []), code]);
  }
  return [...codesOf].flatMap(([lack, codes]) => [
    LACK_MESSAGES[lack],
    ...wrapped(codes.join(', '), VALUE_WIDTH - 2).map((line) => `  ${line}`),
  ]);
}

function labelled(label: string, lines: string[], palette: Palette): string[] {
  return lines.map((line, index) => {
    const head = (index === 0 ? label : '').padEnd(LABEL_WIDTH);
    return `  ${palette.dim(head)}${line}`;
  });
}

function indented(text: string, by: number): string[] {
  return wrapped(text, WIDTH - by).map((line) => `${' '.repeat(by)}${line}`);
}

function present(text: string | null | undefined | false): string[] {
  return text ? [text] : [];
}
