import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import type { Finding } from '../model/findings.ts';
import { type CreateCheck, finding } from './check.ts';
import type { Connection } from './connection.ts';
import type { Connections } from './connections.ts';

/**
 * A number that the server never saw is information where the client says that the attempt failed, or
 * went with its page; otherwise the server's log lacks a connection.
 */
export const gapUnexplained: CreateCheck = ({ facts: { logs }, connections }) => ({
  finish(): Finding[] {
    const findings: Finding[] = [];
    if (!logs.has('server') || !logs.has('client')) return findings;
    for (const entry of connections) {
      const { attempt, opened, end } = entry.connection;
      const begun = opened ?? attempt;
      if (!begun || isKnownToServer(entry.connection, connections)) continue;
      if (isExplained(entry.connection, connections)) continue;
      if (!connections.isWithin('server', entry)) continue;
      findings.push(finding('gap-unexplained', entry, {}, [begun, end]));
    }
    return findings;
  },
});

function isKnownToServer({ server, rejected, opened }: Connection, all: Connections): boolean {
  return (
    server !== undefined || rejected !== undefined || all.isNumberless('server', opened?.client_id)
  );
}

function isExplained({ opened, end }: Connection, { facts }: Connections): boolean {
  // To a server that logs closes only, what was dropped in silence may still be open.
  if (opened) return end?.close_code === ABNORMAL_CLOSURE && !facts.allServersOpen;
  if (!end) return !facts.clientEnds;
  return end.event === 'connection_failed' || end.event === 'document_unloaded';
}
