import type { Cause } from '../model/causes.ts';
import type { Doubt, Evidence, Finding, FindingCode } from '../model/findings.ts';
import type { Observation } from '../model/observations.ts';
import type { RunResult } from '../model/result.ts';
import { causeMessage, causeRule } from './causes.ts';
import { failingFindings, findingsApart, missedFindings } from './expected.ts';
import { counted } from './format.ts';
import { doubtMessage, findingCounts, findingMessage, findingSubject } from './messages.ts';
import { observationMessage } from './observations.ts';
import { placeOf } from './place.ts';
import type { Reported, Reporter } from './reporter.ts';
import { sanitize } from './sanitize.ts';

/** Annotations of one kind that GitHub shows for a step; the log has all of them. */
const SHOWN_BY_GITHUB = 10;

/** Workflow commands: an error for each cause of findings, a warning for each doubt, a notice with the verdict. */
export const github: Reporter = {
  kind: 'text',
  render: (reported) => reported.map(annotations).join(''),
};

function annotations(reported: Reported): string {
  const { result } = reported;
  const failing = failingFindings(result);
  const lines = [
    ...result.causes.map((cause) => errorForCause(cause, reported)),
    ...findingsApart(result).map((finding) => errorFor(finding, reported)),
    ...missedFindings(result).map((code) => missed(code, reported)),
    ...result.doubts.map((doubt) => warningFor(doubt, reported)),
    ...result.observations.map((observation) => noticeFor(observation, reported)),
    command('notice', { title: `wsdiag: ${verdictOf(result)}` }, notice(result, failing)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export const verdictOf = ({ verdict, name, interrupted }: RunResult): string =>
  `${verdict} ${name}${interrupted ? ' (interrupted)' : ''}`;

function errorForCause(cause: Cause, reported: Reported): string {
  const [first] = cause.examples;
  if (cause.findings === 1 && first) return errorFor(first, reported);
  const evidence = cause.examples.flatMap((finding) => finding.evidence);
  const { at, lines } = placed(evidence, [], reported);
  const more = cause.findings - cause.examples.length;
  const said = [causeMessage(cause), causeRule(cause), ...lines];
  if (more > 0) said.push(`and ${counted(more, 'finding')} more`);
  return command('error', { ...at, title: cause.codes.join(', ') }, said.join('\n'));
}

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
  const at = first && { file: first.file, ...('line' in first && { line: first.line }) };
  return { at: at ?? {}, lines: others.map((one) => `also ${placeOf(one)}`) };
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
export function command(
  kind: Kind,
  properties: Record<string, string | number>,
  message: string,
): string {
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
