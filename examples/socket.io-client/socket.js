import { io } from 'socket.io-client';
import { ConnectionSequence } from 'wsdiag/sequence';

/**
 * A socket of socket.io, which sends the hello's fields as its `auth`. The server finds them in
 * `socket.handshake.auth`, logs them, and emits a welcome: `socket.emit('welcome', { type: 'welcome', version: 1,
 * client_id: socket.id, last_seen_sequence, reconnect_token })`.
 *
 * `auth` is asked for once the transport is open: a server that can't be reached costs no numbers.
 */
export function connect(url, options = {}) {
  const sequence = new ConnectionSequence();
  const socket = io(url, {
    ...options,
    auth: (send) => sequence.ready().then(() => send(sequence.next())),
  });
  socket.on('welcome', (welcome) => sequence.welcomed(welcome));
  globalThis.addEventListener?.('pagehide', ({ persisted }) => persisted && socket.disconnect());
  globalThis.addEventListener?.('pageshow', ({ persisted }) => persisted && socket.connect());
  return { socket, sequence };
}
