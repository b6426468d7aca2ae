import { WebSocket as ReconnectingWebSocket } from 'partysocket';
import { ConnectionSequence } from 'wsdiag/sequence';

/** A socket of partysocket, each of whose attempts has its number in the query string. */
export function connect(url, options = {}) {
  const sequence = new ConnectionSequence();
  // The library asks for the address before each attempt, and waits for it.
  const socket = new ReconnectingWebSocket(
    async () => (await sequence.ready()).url(url),
    [],
    options,
  );
  socket.addEventListener('message', ({ data }) => {
    if (!sequence.welcomed(data)) console.log(data);
  });
  socket.addEventListener('close', ({ code }) => {
    if (code === 4409) sequence.superseded();
  });
  // A page in the back/forward cache would keep its socket, and look alive to the server.
  globalThis.addEventListener?.('pagehide', ({ persisted }) => persisted && socket.close());
  globalThis.addEventListener?.('pageshow', ({ persisted }) => persisted && socket.reconnect());
  return { socket, sequence };
}
