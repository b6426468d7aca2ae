import type { Doubt, Evidence, Finding, FindingCode } from '../model/findings.ts';
import type { Observation } from '../model/observations.ts';
import type { RunResult } from '../model/result.ts';
import { failingFindings, missedFindings } from './expected.ts';
import { counted } from './format.ts';
import { doubtMessage, findingCounts, findingMessage, findingSubject } from './messages.ts';
import { observationMessage } from './observations.ts';
import { placeOf } from './place.ts';
import type { Reported, Reporter } from './reporter.ts';
import { sanitize } from './sanitize.ts';

/** Annotations of one kind that GitHub shows for a step; the log has all of them. */
const SHOWN_BY_GITHUB = 10;

/** Workflow commands: an error for each finding, a warning for each doubt, a notice with the verdict. */
export const github: Reporter = {
  kind: 'text',
  render: (reported) => reported.map(annotations).join(''),
};

function annotations(reported: Reported): string {
  const { result } = reported;
  const failing = failingFindings(result);
  const lines = [
    ...failing.map((finding) => errorFor(finding, reported)),
    ...missedFindings(result).map((code) => missed(code, reported)),
    ...result.doubts.map((doubt) => warningFor(doubt, reported)),
    ...result.observations.map((observation) => noticeFor(observation, reported)),
    command('notice', { title: `wsdiag: ${verdictOf(result)}` }, notice(result, failing)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

const verdictOf = ({ verdict, name, interrupted }: RunResult): string =>
  `${verdict} ${name}${interrupted ? ' (interrupted)' : ''}`;

function errorFor(finding: Finding, reported: Reported): string {
  const title = `${finding.code}: ${findingSubject(finding)}`;
  const { at, lines } = placed(finding.evidence, keysOf(finding), reported);
  return command('error', { ...at, title }, [findingMessage(finding), ...lines].join('\n'));
}

function missed(code: FindingCode, reported: Reported): string {
  const { at } = placed([], ['expect.findings'], reported);
  return command('error', { ...at, title: code }, 'It was expected, and not found.');
}

function warningFor(doubt: Doubt, reported: Reported): string {
  const { at, lines } = placed(doubt.where === null ? [] : [doubt.where], [], reported);
  return command(
    'warning',
    { ...at, title: doubt.code },
    [doubtMessage(doubt), ...lines].join('\n'),
  );
}

function noticeFor(observation: Observation, reported: Reported): string {
  const { at, lines } = placed(observation.evidence, [], reported);
  const message = [observationMessage(observation), ...lines].join('\n');
  return command('notice', { ...at, title: observation.name }, message);
}

/** Keys of a scenario that say what did not hold. */
function keysOf({ code, details }: Finding): string[] {
  if (code === 'threshold-crossed') return [`expect.${details.metric}`];
  if (code !== 'observation-unexpected') return [];
  return [`expect.observations.${details.observation}`, 'expect.observations'];
}

/**
 * What an annotation is put at, and the lines of logs that its message names. GitHub shows it in the code, where the
 * scenario may be; the logs of a run are in no repository.
 */
function placed(
  evidence: readonly (Evidence | { file: string })[],
  keys: readonly string[],
  { result, scenario }: Reported,
): { at: Partial<Evidence>; lines: string[] } {
  if (scenario) {
    const known = [...keys, 'timeline'].find((key) => Object.hasOwn(scenario.lines, key));
    const line = scenario.lines[known ?? ''] ?? 1;
    return { at: { file: scenario.file, line }, lines: evidence.map((one) => placeOf(one)) };
  }
  if (result.run_dir !== null) return { at: {}, lines: evidence.map((one) => placeOf(one)) };
  const [first, ...others] = evidence;
  return { at: { ...first }, lines: others.map((one) => `also ${placeOf(one)}`) };
}

function notice({ replay, doubts, run_dir }: RunResult, failing: Finding[]): string {
  const hidden = Math.max(failing.length, doubts.length) > SHOWN_BY_GITHUB;
  return [
    failing.length === 0
      ? 'No findings.'
      : `${counted(failing.length, 'finding')}: ${findingCounts(failing)}.`,
    ...(doubts.length === 0 ? [] : [`${counted(doubts.length, 'doubt')}.`]),
    ...(hidden ? [`GitHub shows ${SHOWN_BY_GITHUB} of a kind; the step's log has all.`] : []),
    ...(run_dir === null ? [] : [`Logs: ${sanitize(run_dir)}`]),
    ...(replay === null ? [] : [`Replay: ${sanitize(replay)}`]),
  ].join('\n');
}

type Kind = 'error' | 'warning' | 'notice';

/** `::error file=…,line=…,title=…::message`, as the toolkit's `@actions/core` escapes it. */
function command(kind: Kind, properties: Record<string, string | number>, message: string): string {
  const listed = Object.entries(properties).map(([name, value]) => `${name}=${property(value)}`);
  return `::${kind}${listed.length > 0 ? ' ' : ''}${listed.join(',')}::${data(message)}`;
}

const data = (text: string): string =>
  text
    .split('\n')
    .map((line) => sanitize(line).replaceAll('%', '%25'))
    .join('%0A');

const property = (value: string | number): string =>
  data(sanitize(String(value)))
    .replaceAll(':', '%3A')
    .replaceAll(',', '%2C');

const MAX_SUMMARY_FINDINGS = 20;

/** The verdict as Markdown, for the page of a workflow's run (`GITHUB_STEP_SUMMARY`). */
export function stepSummary(result: RunResult): string {
  const findings = failingFindings(result);
  const rows = findings
    .slice(0, MAX_SUMMARY_FINDINGS)
    .map((finding) => [finding.code, findingSubject(finding), findingMessage(finding)]);
  const rest = findings.length - rows.length;
  return [
    `### ${markdown(`wsdiag: ${verdictOf(result)}`)}`,
    ...missedFindings(result).map((code) => `- ${markdown(code)} was expected, and not found`),
    ...result.doubts.map((doubt) => `- ${markdown(doubtMessage(doubt))}`),
    ...result.observations.map((one) => `- ${markdown(`${one.name}: ${observationMessage(one)}`)}`),
    ...(rows.length === 0
      ? []
      : [table([['Finding', 'About', ''], ['---', '---', '---'], ...rows])]),
    ...(rest > 0 ? [`and ${rest} more`] : []),
    ...(result.replay === null ? [] : [`Replay: ${markdown(result.replay)}`]),
    '',
  ].join('\n\n');
}

const table = ([head = [], rule = [], ...rows]: string[][]): string =>
  [head, rule, ...rows.map((row) => row.map(markdown))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

/** Text that Markdown takes for nothing else. */
const markdown = (text: string): string =>
  sanitize(text).replace(/[!-/:-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`);
