import { ABNORMAL_CLOSURE, GOING_AWAY } from '../core/close-codes.ts';
import type { Finding } from '../model/findings.ts';
import { type LogRecord, sameId } from '../model/record.ts';
import { type CreateCheck, finding } from './check.ts';
import { type Connection, type ServerClosed, serverSides } from './connection.ts';
import type { Epoch } from './connections.ts';

/** When the run ends around an open tab, its session is connected, as the server sees it too. */
export const sessionLost: CreateCheck = ({ connections }) => {
  const ends: LogRecord[] = [];
  return {
    onRecord(record) {
      if (record.event === 'document_unloaded' && record.fields.reason === 'end') ends.push(record);
    },
    finish(): Finding[] {
      return ends.flatMap((end) => {
        const connection = connections.find(end);
        const gone = goneBefore(connection, end.client_id, connections.epochs);
        const connected = end.connection_sequence !== undefined && end.client_id !== undefined;
        if (connected && !gone) return [];
        return [finding('session-lost', end, {}, [end, gone])];
      });
    },
  };
};

/** What shows that the server had lost the connection that the page still had. */
function goneBefore(
  connection: Connection | undefined,
  client_id: string | undefined,
  epochs: readonly Epoch[],
) {
  if (!connection) return undefined;
  const side = serverSides(connection).find((one) => sameId(one.client_id, client_id));
  const { opened, closed } = side ?? {};
  if (closed && wasLost(closed)) return closed;
  if (opened && !closed && epochs[opened.epoch] === 'killed') return opened;
  return sawPageGo(closed) ? undefined : connection.faults?.find((fault) => fault.half_open);
}

function wasLost({ close_code, closed_by }: ServerClosed): boolean {
  return closed_by === 'heartbeat' || (closed_by === 'network' && close_code === ABNORMAL_CLOSURE);
}

/** It heard the page go, so the connection had come back to life. */
function sawPageGo(closed: ServerClosed | undefined): boolean {
  return closed?.close_code === GOING_AWAY && closed.closed_by === 'peer';
}
