import { contradictsTimes } from '../model/connections.ts';
import { EVENT, NO } from '../model/rows.ts';
import type { Findings } from './check.ts';
import type { Facts } from './facts.ts';
import { isOrderUnknown } from './order-unknown.ts';
import type { Session } from './session.ts';

/** What keeps a session from passing, though nothing is known to be wrong with it. */
export function doubtSession(session: Session, facts: Facts, findings: Findings): void {
  const [first] = session.server.length > 0 ? session.server : session.client;
  if (first !== undefined && isOrderUnknown(session, facts)) {
    findings.doubt('order-unknown', session, first);
  }
  doubtUnverified(session, findings);
  doubtTimes(session, facts, findings);
  doubtStart(session, facts, findings);
}

/**
 * A page that does not keep its token, a server that no longer knows the tokens it gave, or somebody else. No pass,
 * also where a client's log shows whose they are, and their numbers are judged: something is wrong with the tokens.
 */
function doubtUnverified(session: Session, findings: Findings): void {
  const { rows } = session;
  let first = -1;
  let unverified = 0;
  let opens = 0;
  for (const row of session.server) {
    if (rows.event(row) !== EVENT.connection_opened) continue;
    opens += 1;
    if (rows.verified(row) !== NO) continue;
    unverified += 1;
    if (first < 0) first = row;
  }
  if (unverified > 0) findings.doubt('session-unverified', session, first, unverified, opens);
}

/** Order is reckoned from times and durations: those that contradict each other are worth nothing. */
function doubtTimes(session: Session, facts: Facts, findings: Findings): void {
  const { rows } = session;
  let first = -1;
  let count = 0;
  let closes = 0;
  const compare = (opened: number, closed: number) => {
    if (opened < 0 || closed < 0 || rows.event(closed) !== EVENT.connection_closed) return;
    const stream = facts.streamOf(rows, closed);
    const lived = rows.value(closed) * 1000;
    if (Number.isNaN(lived) || opened === closed || facts.streamOf(rows, opened) !== stream) return;
    closes += 1;
    const told = rows.time(closed) - rows.time(opened);
    const maySleep = !facts.stream(stream).isOwn && facts.logOf(rows, closed) !== 0;
    if (!contradictsTimes(lived, told, facts.startPrecisionMs(stream), maySleep)) return;
    count += 1;
    if (first < 0) first = closed;
  };
  for (const { opened, ended, handshakes } of session.attempts) {
    compare(opened, ended);
    for (const handshake of handshakes) {
      if (handshake.reopened === 0) compare(handshake.opened, handshake.closed);
    }
  }
  if (count > 0) findings.doubt('times-disagree', session, first, count, closes);
}

/** wsdiag's own client tells of each session that it makes; one that goes on has used numbers before. */
function doubtStart(session: Session, facts: Facts, findings: Findings): void {
  const { rows } = session;
  const first = session.client.find(
    (row) =>
      rows.event(row) === EVENT.session_started || rows.event(row) === EVENT.connection_attempt,
  );
  if (first === undefined || rows.event(first) === EVENT.session_started) return;
  const isOwn = facts.stream(facts.streamOf(rows, first)).isOwn;
  if (isOwn && rows.sequence(first) === 1) findings.doubt('session-start-missing', session, first);
}
