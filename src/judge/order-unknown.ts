import { EVENT, sameClient } from '../model/rows.ts';
import type { Facts } from './facts.ts';
import type { Session } from './session.ts';

/** A session has several connections of which only their ends are told, and nothing tells of their order. */
export function isOrderUnknown(session: Session, facts: Facts): boolean {
  if (!facts.hasUntimed) return false;
  const server = endsAlone(session, session.server);
  const client = endsAlone(session, session.client);
  if (!server.areSeveral && !client.areSeveral) return false;
  const { rows } = session;
  const [first = -1] = session.server;
  const [last = -1] = session.server.subarray(-1);
  const isOnOne = first < 0 || facts.streamOf(rows, first) === facts.streamOf(rows, last);
  const tellsOpens = first >= 0 && facts.stream(facts.streamOf(rows, first)).opens;
  const hasOpens = isOnOne ? server.isBegun || tellsOpens : server.isBegun && facts.mayBeSplit;
  const isServerKnown = server.isOrdered && (!server.isUntimed || hasOpens);
  const { clientAttempts, clientOpens } = facts;
  const isClientKnown = client.isOrdered && (!client.isUntimed || clientAttempts || clientOpens);
  return !(isServerKnown || isClientKnown);
}

interface Ends {
  /** It tells of one's beginning. */
  isBegun: boolean;
  /** It tells when one began, or may be reckoned to have. */
  isOrdered: boolean;
  /** Of one, that can't be reckoned. */
  isUntimed: boolean;
  /** An end alone came where another connection was told of before. */
  areSeveral: boolean;
}

function endsAlone(session: Session, lines: Int32Array): Ends {
  const { rows } = session;
  const ends = { isBegun: false, isOrdered: false, isUntimed: false, areSeveral: false };
  const isClient = lines === session.client;
  for (const row of lines) {
    const event = rows.event(row);
    if (event === EVENT.connection_opened || event === EVENT.connection_attempt) {
      ends.isOrdered = true;
      ends.isBegun ||= !isClient || event === EVENT.connection_attempt;
    } else if (event === EVENT.connection_closed && rows.sequence(row) > 0) {
      if (isClient ? ends.isBegun : hasBeginning(session, row)) continue;
      ends.areSeveral ||= ends.isOrdered || ends.isUntimed;
      if (Number.isNaN(rows.value(row))) ends.isUntimed = true;
      else ends.isOrdered = true;
    }
  }
  return ends;
}

/** The server opened what ends there. */
function hasBeginning(session: Session, row: number): boolean {
  const { rows } = session;
  const handshakes = session.attemptOf(row)?.handshakes ?? [];
  return handshakes.some(
    ({ named, opened }) => opened >= 0 && opened < row && sameClient(rows, named, row),
  );
}
