import type { Evidence, Finding } from '../model/findings.ts';
import { type LogRecord, sameId } from '../model/record.ts';
import { type CreateCheck, finding } from './check.ts';
import { leftOverIn, type ServerOpened, type ServerSide, serverSides } from './connection.ts';
import type { Connections } from './connections.ts';
import type { Facts } from './facts.ts';

/** Every number is spent once: before the socket is opened, so that no crash can use it twice. */
export const sequenceDuplicated: CreateCheck = ({ facts, connections }) => {
  const findings: Finding[] = [];
  /** Of a log of closes alone: it may be one half of a server's, whose other half tells of the opens. */
  const ofHalves: { record: LogRecord; first: Evidence }[] = [];
  return {
    onRecord(record) {
      const first = sameEarlier(facts, connections, record);
      if (!first) return;
      const mayBeHalf = facts.mayBeSplit && isClosesOnly(record, facts);
      if (mayBeHalf) ofHalves.push({ record, first });
      else findings.push(duplicate(record, first));
    },
    found: findings,
    finish: () => [
      ...findings,
      ...ofHalves
        .filter(({ record }) => !connections.hasOpensElsewhere(record))
        .map(({ record, first }) => duplicate(record, first)),
    ],
  };
};

const duplicate = (record: LogRecord, first: Evidence): Finding =>
  finding('sequence-duplicated', record, { event: record.event }, [first, record]);

function sameEarlier(
  facts: Facts,
  connections: Connections,
  record: LogRecord,
): Evidence | undefined {
  const { log, event } = record;
  if (
    log === 'server' &&
    (event === 'connection_opened' || tellsOfBeginning(record, connections))
  ) {
    const earlier = connections.find(record);
    return earlier && otherBeginning(serverSides(earlier), record, facts);
  }
  if (event === 'connection_opened' && log === 'client') return connections.find(record)?.opened;
  if (event === 'connection_attempt') {
    const earlier = connections.find(record);
    return earlier && (earlier.attempt ?? leftOverIn(earlier, record));
  }
  return undefined;
}

/** A close is all there is of a connection that began before its log, or that its log does not tell of. */
const tellsOfBeginning = (record: LogRecord, connections: Connections): boolean =>
  isClosesOnly(record, connections.facts) ||
  (record.event === 'connection_closed' && connections.isLeftOver(record));

/** Where a server logs closes only, they are all there is of its connections. */
const isClosesOnly = ({ log, event, stream }: LogRecord, facts: Facts): boolean =>
  log === 'server' && event === 'connection_closed' && !facts.tellsOpens(stream);

/** The first line of another connection under the number. */
function otherBeginning(
  sides: ServerSide[],
  record: LogRecord,
  facts: Facts,
): Evidence | undefined {
  const isClose = record.event === 'connection_closed';
  const isSame = ({ client_id }: ServerSide) => sameId(client_id, record.client_id);
  // What ends now has been told of before.
  if (isClose && sides.some(isSame)) return undefined;
  const isOlderClose = isClose && facts.tellsOpens(record.stream);
  const other = sides.find((side) => {
    const { opened, closed } = side;
    // Where opens tell whose they are, older closes do not.
    if (opened && isOlderClose && opened.isUnverified !== undefined) return false;
    if (opened) return !areStrangers(opened, side, record);
    if (!closed || isSame(side)) return false;
    if (!facts.tellsOpens(closed.stream)) return true;
    return closed.isLeftOver && !isOlderClose && record.fields.session_verified === undefined;
  });
  return other?.opened ?? other?.closed;
}

/**
 * A peer with the session's id, but not its token, is not part of the session's story, whichever of the two
 * came first.
 */
const areStrangers = (
  { isUnverified }: ServerOpened,
  { client_id }: ServerSide,
  { fields, client_id: own }: LogRecord,
): boolean => client_id !== own && (isUnverified === true || fields.session_verified === false);
