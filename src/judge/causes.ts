import { type Cause, OF_NUMBERS } from '../model/causes.ts';
import type { Circumstance, Finding } from '../model/findings.ts';

const EXAMPLES = 2;

/**
 * What findings about sessions come from: those that the same sessions have are of one cause. Sessions of one code are
 * two causes where two things led to it, and each session knows one of them alone.
 *
 * @param hasBoth there are a server's and a client's log
 */
export function causesOf(findings: readonly Finding[], hasBoth: boolean): Cause[] {
  const bySessions = new Map<string, Finding[]>();
  for (const group of grouped(findings, ({ code }) => code).flatMap(byEvent)) {
    const sessions = [...new Set(group.map(({ session_id }) => session_id))].sort();
    const key = JSON.stringify([sessions, shared(group).event]);
    bySessions.set(key, [...(bySessions.get(key) ?? []), ...group]);
  }
  return [...bySessions.values()]
    .map((group) => causeOf(group, hasBoth))
    .sort(
      (one, other) =>
        Number(isOfNumbers(other)) - Number(isOfNumbers(one)) ||
        other.sessions - one.sessions ||
        other.findings - one.findings,
    );
}

/** They come first: where numbers are wrong, other things only seem so. */
const isOfNumbers = ({ codes }: Cause): boolean => codes.some((code) => OF_NUMBERS.has(code));

function causeOf(findings: readonly Finding[], hasBoth: boolean): Cause {
  const ofNumbers = findings.filter(({ code }) => OF_NUMBERS.has(code));
  const { log } = shared(ofNumbers.length > 0 ? ofNumbers : findings);
  const { log: _, ...after } = shared(findings);
  const sessions = grouped(findings, ({ session_id }) => session_id);
  return {
    codes: [...new Set(findings.map(({ code }) => code))],
    sessions: sessions.length,
    findings: findings.length,
    began_again: sessions.every((ofSession) => ofSession.some(isOneAgain)),
    told_by: (hasBoth && log) || null,
    after,
    examples: sessions.slice(0, EXAMPLES).map(([first]) => first as Finding),
  };
}

const isOneAgain = ({ code, connection_sequence }: Finding): boolean =>
  code === 'sequence-not-increasing' && connection_sequence === 1;

/** One group, or two where that makes both of one event. */
function byEvent(findings: readonly Finding[]): (readonly Finding[])[] {
  const sessions = grouped(findings, ({ session_id }) => session_id);
  const events = sessions.map((ofSession) => shared(ofSession).event);
  if (events.includes(undefined) || new Set(events).size !== 2) return [findings];
  return grouped(findings, ({ after }) => after?.event);
}

/** What all of them were led to by. */
function shared(findings: readonly Finding[]): Partial<Circumstance> {
  const [first, ...others] = findings.map(({ after }) => after);
  if (first === undefined) return {};
  const isShared = (name: keyof Circumstance) =>
    first[name] !== null && others.every((after) => after?.[name] === first[name]);
  return {
    ...(isShared('log') && { log: first.log }),
    ...(isShared('event') && { event: first.event }),
    ...(isShared('close_code') && { close_code: first.close_code }),
    ...(isShared('fault') && { fault: first.fault }),
  };
}

function grouped<T, K>(all: readonly T[], keyOf: (one: T) => K): T[][] {
  const groups = new Map<K, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group) group.push(one);
    else groups.set(key, [one]);
  }
  return [...groups.values()];
}
