import type { Finding } from '../core/findings.ts';
import { type CreateCheck, finding } from './check.ts';
import type { Connection, Connections } from './connections.ts';

/**
 * A number that the server never saw is information where the client says that the attempt failed, or
 * went with its page; otherwise the server's log lacks a connection.
 */
export const gapUnexplained: CreateCheck = ({ logs, connections }) => ({
  finish(): Finding[] {
    if (!logs.has('server') || !logs.has('client')) return [];
    return [...connections].flatMap(({ connection, ...subject }) => {
      const { attempt, opened, end } = connection;
      if (!attempt || isKnownToServer(connection, connections)) return [];
      if (isExplained(connection, connections)) return [];
      return [finding('gap-unexplained', subject, {}, [opened ?? attempt, end])];
    });
  },
});

function isKnownToServer({ server, rejected, opened }: Connection, all: Connections): boolean {
  return server !== undefined || rejected !== undefined || all.isNumberless('server', opened?.client_id);
}

function isExplained({ opened, end }: Connection, { clientStopped }: Connections): boolean {
  if (opened) return false;
  if (!end) return !clientStopped;
  return end.event === 'connection_failed' || end.event === 'document_unloaded';
}
