import { createHmac, randomBytes } from 'node:crypto';
import { type Connection, Connections, type Peer } from '../core/connections.ts';
import type { Hello } from '../core/handshake.ts';
import type { WriteLog } from '../core/records.ts';
import { DEFAULT_SERVER_SETTINGS } from '../core/settings.ts';

/** All servers of a process take each other's tokens. */
const PROCESS_KEY = randomBytes(32);

/**
 * Answers hellos, as wsdiag's own server does: it knows the sessions, signs their tokens, and ends a session's older
 * connection. Deadlines and heartbeats are the application's, so no timer runs.
 */
export class Welcomes {
  readonly #connections: Connections;
  #clientId = '';

  /** @param secret key of the reconnect tokens; without one they are this process's */
  constructor(log: WriteLog<'server'>, secret: string | undefined) {
    const key = secret ?? PROCESS_KEY;
    this.#connections = new Connections(
      {
        now: () => performance.now(),
        setTimer: () => null,
        clearTimer: () => {},
        random: Math.random,
        randomUUID: () => this.#clientId,
        sign: (sessionId) => createHmac('sha256', key).update(sessionId).digest('base64url'),
        log,
      },
      DEFAULT_SERVER_SETTINGS,
    );
  }

  /** Logs the connection, and welcomes it. */
  greet(clientId: string, peer: Peer, hello: Hello): Connection {
    this.#clientId = clientId;
    return this.#connections.accept(peer, hello);
  }
}
