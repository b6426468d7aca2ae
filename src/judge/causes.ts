import type { LogName } from '../core/records.ts';
import { type Cause, OF_NUMBERS } from '../model/causes.ts';
import type { Circumstance, CircumstanceEvent, Finding, FindingCode } from '../model/findings.ts';

const EXAMPLES = 2;

/**
 * What findings about sessions come from: those that the same sessions have are of one cause. Sessions of one code are
 * two causes where two things led to it, and each session knows one of them alone.
 *
 * @param logs that there are
 */
export function causesOf(findings: readonly Finding[], logs: ReadonlySet<LogName>): Cause[] {
  const isOfMisnumbered = misnumberedIn(findings);
  const misnumbered = findings.filter(isOfMisnumbered);
  const others = findings.filter((finding) => !isOfMisnumbered(finding));
  const bySessions = new Map(misnumbered.length > 0 ? [['misnumbered', misnumbered]] : []);
  for (const group of grouped(others, ({ code }) => code).flatMap(byEvent)) {
    const sessions = [...new Set(group.map(({ session_id }) => session_id))].sort();
    const key = JSON.stringify([sessions, shared(group).event]);
    bySessions.set(key, [...(bySessions.get(key) ?? []), ...group]);
  }
  return [...bySessions.values()]
    .map((group) => causeOf(group, logs, group === misnumbered))
    .sort(
      (one, other) =>
        Number(isOfNumbers(other)) - Number(isOfNumbers(one)) ||
        other.sessions - one.sessions ||
        other.findings - one.findings,
    );
}

/** They come first: where numbers are wrong, other things only seem so. */
const isOfNumbers = ({ codes, misnumbered }: Cause): boolean =>
  misnumbered || codes.some((code) => OF_NUMBERS.has(code));

/** What follows for a number where the server's log has one connection's number for another's. */
const FOLLOWING: ReadonlySet<FindingCode> = new Set([
  'logs-disagree',
  'gap-unexplained',
  'close-missing',
  'close-orphaned',
]);

/** Picks what says that the server's log has a connection under another number, and what follows for both numbers. */
function misnumberedIn(findings: readonly Finding[]): (finding: Finding) => boolean {
  const numbers = new Map<string | null, Set<number | null>>();
  for (const finding of findings) {
    const both = twoNumbersOf(finding);
    if (!both) continue;
    const ofSession = numbers.get(finding.session_id) ?? new Set();
    numbers.set(finding.session_id, ofSession);
    for (const number of both) ofSession.add(number);
  }
  return ({ code, session_id, connection_sequence, after }) =>
    numbers.get(session_id)?.has(connection_sequence) === true &&
    (FOLLOWING.has(code) || (OF_NUMBERS.has(code) && after?.log === 'server'));
}

function causeOf(
  findings: readonly Finding[],
  logs: ReadonlySet<LogName>,
  isMisnumbered: boolean,
): Cause {
  const ofNumbers = findings.filter(({ code }) => OF_NUMBERS.has(code));
  const { log } = shared(ofNumbers.length > 0 ? ofNumbers : findings);
  // What follows for other numbers has something else before it.
  const { log: _, ...after } = isMisnumbered ? {} : shared(findings);
  const sessions = grouped(findings, ({ session_id }) => session_id);
  return {
    codes: [...new Set(findings.map(({ code }) => code))],
    sessions: sessions.length,
    findings: findings.length,
    began_again: sessions.every((ofSession) => ofSession.some(isOneAgain)),
    misnumbered: isMisnumbered,
    told_by: (logs.has('server') && logs.has('client') && log) || null,
    ...(!logs.has('client') && { server_alone: true }),
    after,
    examples: sessions
      .slice(0, EXAMPLES)
      .map((ofSession) => (ofSession.find(twoNumbersOf) ?? ofSession[0]) as Finding),
  };
}

/** Behind a higher number or, where there is none, by a page that began anew. */
const isOneAgain = ({ code, connection_sequence, after }: Finding): boolean =>
  connection_sequence === 1 &&
  (code === 'sequence-not-increasing' ||
    (code === 'sequence-duplicated' && isOfNewPage(after?.event)));

const isOfNewPage = (event: CircumstanceEvent | undefined): boolean =>
  event === 'navigate' || event === 'reload' || event === 'back_forward';

/** The client's number and the server's, where a finding shows that they have one connection under two. */
function twoNumbersOf({ code, details }: Finding): [number, number] | undefined {
  if (code !== 'logs-disagree' || details.about !== 'connection_sequence') return undefined;
  const [client, server] = [Number(details.client), Number(details.server)];
  return Number.isNaN(client) || Number.isNaN(server) ? undefined : [client, server];
}

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
