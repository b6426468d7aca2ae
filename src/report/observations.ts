import type { Observation } from '../model/observations.ts';
import type { ExpectedObservation, RunResult } from '../model/result.ts';
import { closeCodeMeaning } from './close-codes.ts';
import { counted, listed, number, seconds } from './format.ts';
import { quoted } from './quoted.ts';
import { sanitize } from './sanitize.ts';

/** What stands out, as a sentence. Its lines stand beside it. */
export function observationMessage(observation: Observation): string {
  switch (observation.name) {
    case 'one-lifetime':
      return oneLifetime(observation.details);
    case 'lockstep':
      return lockstep(observation.details);
    case 'flapping':
      return flapping(observation.details);
    case 'ghosts': {
      const { sessions, at_once } = observation.details;
      return `${counted(sessions, 'session')} had several connections alive at once, ${number(at_once)} at most.`;
    }
    case 'one-code':
      return oneCode(observation.details);
    case 'waves': {
      const { sessions, of, times } = observation.details;
      const most = times > 1 ? 'Up to ' : '';
      return `${most}${number(sessions)} of ${counted(of, 'session')} lost their connection within a second${often(times)}.`;
    }
    default:
      return unhandled(observation);
  }
}

type Details<N extends Observation['name']> = Extract<Observation, { name: N }>['details'];

function oneLifetime(details: Details<'one-lifetime'>): string {
  const { connections, of, seconds: lived, within_seconds } = details;
  const spread = Math.max(within_seconds / 2, 0.05).toFixed(1);
  return `${number(connections)} of ${counted(of, 'connection')} lived ${lived.toFixed(1)} s ± ${spread} s, so something closes them at ${seconds(Math.round(lived))}.`;
}

function lockstep(details: Details<'lockstep'>): string {
  const { sessions, after_seconds, within_seconds, times } = details;
  return `${counted(sessions, 'session')} came back ${seconds(after_seconds)} after they were lost, all within ${seconds(Math.max(0.001, within_seconds))}${often(times)}.`;
}

function flapping({ sessions, in_a_row, close_codes }: Details<'flapping'>): string {
  const codes = close_codes.map((code) => (code === 'none' ? 'no close code' : code));
  return `${counted(sessions, 'session')} lost connections within a second of opening them, up to ${number(in_a_row)} in a row (${listed(codes)}).`;
}

function oneCode({ closes, of, how }: Details<'one-code'>): string {
  const all = `${number(closes)} of ${counted(of, 'connection')}`;
  return how === 'superseded'
    ? `${all} ended because a newer connection of their session came.`
    : `${all} ended with ${how} (${closeCodeMeaning(Number(how))}).`;
}

function often(times: number): string {
  if (times === 1) return '';
  return times === 2 ? ', twice' : `, ${number(times)} times`;
}

/** What came of one that was to be none. */
export const expectedOutcome = ({ name, held }: ExpectedObservation): string =>
  `${name}${held ? ': none' : ' stands out, expected none'}`;

/**
 * The command that shows more.
 *
 * @param command how wsdiag is called
 */
export function observationCommand(
  observation: Observation,
  result: RunResult,
  command = 'wsdiag',
): string {
  const logs = logsOf(result).map((file) => quoted(sanitize(file)));
  const words = [...commandOf(observation), ...logs];
  return `${command} ${words.join(' ')}`;
}

const logsOf = ({ run_dir, evidence }: RunResult): string[] =>
  run_dir === null ? evidence.map(({ file }) => file) : [run_dir];

function commandOf({ name, session_id, told_by }: Observation): string[] {
  const closes = (columns: string) =>
    `SELECT ${columns}, count(*) AS closes FROM ${told_by === 'server' ? 'websocket_logs' : 'client_logs'} WHERE event = 'connection_closed' GROUP BY ALL ORDER BY closes DESC LIMIT 20`;
  switch (name) {
    case 'one-lifetime':
      return ['query', `"${closes('round(duration_seconds) AS seconds')}"`];
    case 'one-code':
      return ['query', `"${closes('close_code, close_reason')}"`];
    case 'waves':
      return ['query', `"${closes("date_trunc('second', time) AS second, close_code")}"`];
    case 'lockstep':
      return ['sessions', '--sort', 'reconnects'];
    default:
      return session_id === null
        ? ['sessions', '--sort', 'churn']
        : ['timeline', quoted(sanitize(session_id))];
  }
}

/** Fails to compile where an observation has no sentence. */
function unhandled(observation: never): never {
  throw new Error(`no sentence for ${JSON.stringify(observation)}`);
}
