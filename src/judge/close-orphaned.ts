import type { Evidence, Finding } from '../model/findings.ts';
import { type CreateCheck, finding } from './check.ts';
import { serverSides } from './connection.ts';
import type { Connections, Side, Stray } from './connections.ts';

/** An end belongs to a beginning, and is the only one. */
export const closeOrphaned: CreateCheck = ({ connections }) => ({
  finish(): Finding[] {
    const strays = [...connections.strays, ...closesWithoutOpen(connections)].filter(
      ({ side, client_id }) => !connections.isNumberless(side, client_id),
    );
    const beginnings = findBeginnings(strays, connections);
    return strays.map((stray) => {
      const { side, event, earlier } = stray;
      // A beginning with this client id stands elsewhere, then: one of the two has a wrong number.
      const other = earlier ?? beginnings[side].get(stray.client_id ?? '');
      const details = { side, event, earlier: earlier !== undefined };
      return finding('close-orphaned', stray, details, [other, stray]);
    });
  },
});

function closesWithoutOpen(connections: Connections): Stray[] {
  const { facts } = connections;
  const strays: Stray[] = [];
  for (const { session_id, connection_sequence, connection } of connections) {
    for (const { client_id, opened, closed } of serverSides(connection)) {
      if (opened || !closed || closed.isLeftOver) continue;
      // A log without opens may be one half of a server's, or all there is of another server's.
      const isHalf = connections.hasOpensElsewhere({ stream: closed.stream, session_id });
      if (!facts.tellsOpens(closed.stream) && !isHalf) continue;
      const end = { event: 'connection_closed', side: 'server', earlier: undefined } as const;
      strays.push({ ...closed, ...end, session_id, connection_sequence, client_id });
    }
  }
  return strays;
}

/** The `connection_opened` lines with the client ids of those strays, by log. */
function findBeginnings(
  strays: Stray[],
  connections: Connections,
): Record<Side, Map<string, Evidence>> {
  const beginnings = { server: new Map(), client: new Map() };
  const wanted = new Set(strays.map(({ client_id }) => client_id));
  wanted.delete(undefined);
  if (wanted.size === 0) return beginnings;
  for (const { connection } of connections) {
    const { opened } = connection;
    if (opened && wanted.has(opened.client_id)) beginnings.client.set(opened.client_id, opened);
    for (const { client_id, opened } of serverSides(connection)) {
      if (opened && wanted.has(client_id)) beginnings.server.set(client_id, opened);
    }
  }
  return beginnings;
}
