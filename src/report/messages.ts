import { type Doubt, EXCUSES, type Finding, type FindingDetails } from '../model/findings.ts';
import { isMetric } from '../model/metrics.ts';
import type { Excuse, Lack } from '../model/result.ts';
import { boundText, crossingValue } from './bounds.ts';
import { counted, listed } from './format.ts';
import { sanitize } from './sanitize.ts';

/** Longer values from outside are cut. */
const MAX_VALUE = 80;
/** A server's answer may be in it. */
const MAX_FAILURE = 200;

/** What a finding says, as a sentence. Who it is about, and its proof, stand beside it. */
export function findingMessage(finding: Finding): string {
  const number = finding.connection_sequence;
  switch (finding.code) {
    case 'sequence-not-increasing':
      return `Connection ${number} comes after connection ${finding.details.previous}, which has the higher number.`;
    case 'sequence-duplicated':
      return `Two ${finding.details.event === 'connection_attempt' ? 'attempts' : 'connections'} of the session have number ${number}.`;
    case 'sequence-missing':
      return `A line about a connection can't be followed: its connection_sequence is ${value(finding.details.value)}.`;
    case 'sequence-not-from-one':
      return `The session's first attempt is number ${number}, not 1.`;
    case 'attempt-skipped':
      return attemptSkipped(number, finding.details.expected);
    case 'gap-unexplained':
      return `The server's log has nothing of connection ${number}, and the client's log has no failed attempt to explain it.`;
    case 'close-missing':
      return closeMissing(number, finding.details);
    case 'close-orphaned':
      return closeOrphaned(number, finding.details);
    case 'logs-disagree':
      return logsDisagree(number, finding.details);
    case 'lines-disagree':
      return linesDisagree(number, finding.details);
    case 'session-forked':
      return `Two live documents share the session: ${listed(finding.details.documents.map(value))}.`;
    case 'fork-repeated':
      return `One page began ${finding.details.times} sessions, as new or as a copy of another tab; a page begins one. Frames of one tab that take each other for copies do this, and their reconnects are never counted.`;
    case 'session-lost':
      return sessionLost(finding.details);
    case 'threshold-crossed':
      return thresholdCrossed(finding.details);
    case 'observation-unexpected':
      return `${finding.details.observation} was expected not to stand out, and does.`;
    default:
      return unhandled(finding);
  }
}

function attemptSkipped(number: number | null, expected: number): string {
  return number === expected
    ? `The client logs what became of connection ${number}, but no attempt with that number.`
    : `The session goes on with attempt ${number}, where ${expected} is next.`;
}

function sessionLost({ failure }: { failure?: string }): string {
  const lost = 'The tab was still open when the run ended, and its session was not connected.';
  if (failure === undefined) return lost;
  return `${lost} Its last attempt failed: ${sanitize(failure.slice(0, MAX_FAILURE))}.`;
}

/** A connection by its number; of a log without numbers there is none. */
const connection = (number: number | null): string =>
  number === null ? 'a connection' : `connection ${number}`;

const theConnection = (number: number | null): string =>
  number === null ? 'The connection' : `Connection ${number}`;

function closeMissing(
  number: number | null,
  { side, event }: { side: 'server' | 'client'; event: string },
): string {
  const what = event === 'connection_attempt' ? `Attempt ${number}` : theConnection(number);
  return `${what} never ends in the ${side}'s log, though that log is complete.`;
}

function closeOrphaned(
  number: number | null,
  { side, event, earlier }: { side: 'server' | 'client'; event: string; earlier: boolean },
): string {
  const line = `The ${side}'s log has a ${value(event)} line`;
  if (earlier) return `${line} for ${connection(number)}, which had ended before.`;
  if (event === 'connection_failed')
    return `${line} for ${connection(number)}, which was welcomed.`;
  return `${line} for ${connection(number)}, which it never opened.`;
}

type Disagreement = Extract<Finding, { code: 'logs-disagree' }>['details'];

function logsDisagree(number: number | null, details: Disagreement): string {
  const client = value(details.client);
  const server = value(details.server);
  switch (details.about) {
    case 'session_id':
      return `One client_id, two sessions: ${client} at the client, ${server} at the server.`;
    case 'connection_sequence':
      return client === 'none'
        ? `The server's log has ${connection(number)}, which no client attempted.`
        : `One client_id, two numbers: ${client} at the client, ${server} at the server.`;
    case 'client_id':
      return `${theConnection(number)} has client_id ${client} at the client, ${server} at the server.`;
    case 'document_id':
      return `${theConnection(number)} has document_id ${client} at the client, ${server} at the server.`;
    case 'outcome':
      return `${theConnection(number)} was ${client} by the client's log, but ${server} by the server's.`;
    case 'close_code':
      return `${theConnection(number)} ended with ${client} at the client, but ${server} at the server.`;
    case 'fault':
      return `${theConnection(number)} ended with ${client} at the client and ${server} at the server; its faults lead to: ${value(details.expected ?? '')}.`;
    default:
      return unhandled(details.about);
  }
}

type Contradiction = Extract<Finding, { code: 'lines-disagree' }>['details'];

function linesDisagree(number: number | null, details: Contradiction): string {
  const one = value(details.one);
  const other = value(details.other);
  const of = number === null ? 'One log' : `One log's lines of connection ${number}`;
  switch (details.about) {
    case 'document_id':
      return `${of} have document_id ${one} and ${other}.`;
    case 'field':
      return `A line has no ${other}, which wsdiag writes on each such line.`;
    case 'closed_by':
      return `${theConnection(number)} is closed_by ${one}, but ${other}.`;
    case 'was_clean':
      return `${theConnection(number)} has was_clean ${one}, but ${other}.`;
    case 'session_started':
      return other === 'again'
        ? 'The session is started a second time.'
        : `The session is started by document ${one}, which has no part in it; ${other} has.`;
    case 'reason':
      return `The session is started for the reason ${one}, but with ${other}.`;
    default:
      return unhandled(details.about);
  }
}

function thresholdCrossed({
  metric,
  bound,
  value: measured,
}: FindingDetails['threshold-crossed']): string {
  // Of another version, which may know others.
  if (!isMetric(metric)) return `${value(metric)} is ${value(measured)}; expected ${value(bound)}.`;
  const expected = boundText(metric, value(bound));
  if (measured === 'none')
    return `There was nothing to measure ${metric} by; expected ${expected}.`;
  return `${metric} is ${crossingValue(metric, Number(measured), expected)}; expected ${expected}.`;
}

/** Why evidence can't carry a verdict, as a sentence. Where it lies stands beside it. */
export function doubtMessage({ code, value: text }: Doubt): string {
  switch (code) {
    case 'line-damaged':
      return `The line can't be read: ${value(text)}.`;
    case 'log-truncated':
      return text === ''
        ? 'The last line has no line feed: the log was cut, or is still being written.'
        : `The log can't be read to its end: ${value(text)}.`;
    case 'log-changed':
      return `The file was changed while it was read: ${value(text)}.`;
    case 'log-incomplete':
      return logIncomplete(value(text));
    case 'log-missing':
      return `There is no ${value(text)} log.`;
    case 'lines-missing':
      return `Its process says that it wrote ${value(text)}: lines went missing, or were added.`;
    case 'several-writers':
      return severalWriters(text);
    case 'log-schema-unknown':
      return text === 'nothing'
        ? 'The line that begins the log has no log_schema; this wsdiag knows log schema 1.'
        : `This wsdiag knows log schema 1, not ${value(text)}.`;
    case 'kill-unexplained':
      return 'The server log breaks off and begins again, and no fault killed the server there.';
    case 'no-connections':
      return 'No connection events were recognised, so there is nothing to judge.';
    case 'order-unknown':
      return `The closes of ${value(text)} sessions have no duration. Nothing else says when their connections began, so it is not known whether the numbers increase.`;
    case 'session-unverified':
      return `Came without a valid reconnect_token: ${value(text)}. Their page does not keep it (in sessionStorage, as ws_reconnect_token), the server's secret changed, or somebody else used the session's id. Numbers of those that nothing shows to be the session's own are not judged.`;
    case 'no-sessions':
      return `No line of this log names a session, so its connections can't be followed: ${value(text)} lines.`;
    case 'session-start-missing':
      return `The client's log has number 1 but no session_started line of ${value(text)}.`;
    case 'times-disagree':
      return `Times and durations contradict each other: ${value(text)}.`;
    case 'clients-differ':
      return "Some client logs record attempts or welcomes and others don't, so missing lines would look like findings. Check each kind separately.";
    case 'interrupted':
      return 'The run was interrupted before its time.';
    case 'generator-limited':
      return `The load generator was at its own limit (${value(text)}), so the numbers are its own, not the server's.`;
    case 'server-late':
      return `The reference server took ${value(text)} to start again, for the machine was at its limit: what came too late may be its doing.`;
    case 'scenario-missing':
      return 'There is no scenario, so what the run should show is not known.';
    case 'worker-lost':
      return `Worker ${sanitize(text)}. What these clients did from then on is not known.`;
    case 'worker-untold':
      return `Worker ${sanitize(text)}.`;
    case 'clocks-apart':
      return `The clock of worker ${sanitize(text)}: when its clients did what others did is not known.`;
    case 'session-too-long':
      return `Session ${value(text)} has more lines than can be held, and was left out.`;
    case 'findings-capped':
      return `Judging stopped at ${value(text)} findings; there may be more.`;
    case 'history-missing':
      return historyMissing(text);
    default:
      return unhandled(code);
  }
}

function severalWriters(names: string): string {
  const [first = '', ...others] = names.split(', ').map(value);
  const [, pod = '', container] = first.split('/');
  const kubectl = `kubectl logs ${pod}${container ? ` -c ${container}` : ''}`;
  const alone = first.startsWith('pod/') ? kubectl : 'docker compose logs --index=1 SERVICE';
  return `The log has the lines of several servers (${listed([first, ...others])}), and no order holds between them; give each a log of its own, as with: ${alone}.`;
}

function historyMissing(how: string): string {
  if (how === 'skipped') return 'What stood in the log before it was followed is not judged.';
  return how === 'cut'
    ? 'The log was cut back while it was followed: what was written just before may be lost.'
    : 'The log is longer than what is kept in memory: its newest lines were not compared with its oldest.';
}

function logIncomplete(event: string): string {
  return event.endsWith('_started')
    ? `The log does not begin with ${event}: its first lines are missing.`
    : `The log does not end with ${event}: its process was killed, or is still running.`;
}

/** What looked wrong, and is no finding, as part of a sentence. */
export const excuseMessage = ({ code, connections }: Excuse): string =>
  `${counted(connections, 'connection')} ${EXCUSES[code]}`;

/** Why a check could not run, or not on all there is, as a sentence. */
export const LACK_MESSAGES: Record<Lack, string> = {
  'no-client-log': 'There is no client log.',
  'no-server-log': 'There is no server log.',
  'no-opens': 'The log does not tell when connections open.',
  'no-attempts': 'The log does not tell of attempts.',
  'no-sequence': 'No line of the log has a usable connection_sequence.',
  'no-session-starts': 'The log does not tell where sessions begin.',
  'no-documents': 'The log names no documents.',
  'no-unloads': 'The log does not tell when pages go.',
  'no-bounds': 'No log tells where it begins and ends (…_started, …_stopped).',
  'no-client-ids': 'The log names no client_id.',
  'no-durations': 'A log of closes alone does not tell how long connections lasted.',
  'no-common-clock': 'The order between servers is unknown: their clocks are not compared.',
  'no-expectations': 'Nothing says what to expect of metrics.',
};

/** The finding's session and number, as a heading. */
export function findingSubject({ session_id, connection_sequence }: Finding): string {
  if (session_id === null) return 'the whole run';
  const number = connection_sequence === null ? '' : ` #${connection_sequence}`;
  return `session ${value(session_id)}${number}`;
}

/** `2 findings`, with how many of each code. */
export function findingCounts(findings: Finding[]): string {
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts].map(([code, count]) => `${count} ${code}`).join(', ');
}

function value(text: string): string {
  const characters = [...text];
  const cut = characters.length > MAX_VALUE;
  return sanitize(cut ? `${characters.slice(0, MAX_VALUE).join('')}…` : text);
}

/** Fails to compile where a code has no sentence. */
function unhandled(code: never): never {
  throw new Error(`no sentence for ${JSON.stringify(code)}`);
}
