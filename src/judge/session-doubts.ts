import type { Doubt } from '../model/findings.ts';
import type { LinePlace } from '../model/record.ts';
import type { Texts } from './texts.ts';

/** What keeps a session from passing, though nothing is known to be wrong with it. */
export type SessionDoubtCode =
  | 'order-unknown'
  | 'session-unverified'
  | 'no-sessions'
  | 'session-start-missing'
  | 'times-disagree';

/** One kind of doubt, about any number of sessions. Plain data. */
export interface SessionDoubt {
  code: SessionDoubtCode;
  sessions: number;
  /** Connections that it is about, and those that these sessions have. */
  connections: number;
  of: number;
  /** Lines that name the first of the sessions. */
  first: LinePlace[];
}

/** Sessions that are named. */
const MAX_NAMED = 3;

/** Adds what is known of some sessions to what is known of others. */
export function addDoubt(doubts: SessionDoubt[], added: SessionDoubt): void {
  const known = doubts.find(({ code }) => code === added.code);
  if (!known) {
    doubts.push(added);
    return;
  }
  known.sessions += added.sessions;
  known.connections += added.connections;
  known.of += added.of;
  known.first = [...known.first, ...added.first]
    .sort((one, other) => positionOf(one) - positionOf(other))
    .slice(0, MAX_NAMED);
}

const positionOf = ({ file, line }: LinePlace): number => file * 2 ** 32 + line;

/** The doubts as somebody reads them. */
export function sessionDoubts(doubts: readonly SessionDoubt[], texts: Texts): Doubt[] {
  return doubts
    .toSorted((one, other) => Number(one.code > other.code) - Number(one.code < other.code))
    .map((doubt) => {
      const { code, sessions, first } = doubt;
      const { file, line } = first[0] as LinePlace;
      return code === 'order-unknown'
        ? { code, where: { file: texts.file(file) }, value: `${sessions}` }
        : { code, where: { file: texts.file(file), line }, value: described(doubt, texts) };
    });
}

function described({ code, sessions, connections, of, first }: SessionDoubt, texts: Texts): string {
  if (code === 'no-sessions') return `${connections}`;
  const ids = first.map((place) => texts.record(place)?.session_id ?? 'unknown').join(', ');
  const named =
    sessions > MAX_NAMED
      ? `${sessions} sessions, ${ids} among them`
      : `session${sessions === 1 ? '' : 's'} ${ids}`;
  return code === 'session-start-missing'
    ? named
    : `${connections} of ${of} connections, of ${named}`;
}

/** Lines of which the texts are to be looked up. */
export const namedIn = (doubts: readonly SessionDoubt[]): LinePlace[] =>
  doubts.flatMap(({ first }) => first);
