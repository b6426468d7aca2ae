import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { WebSocket } from 'ws';

const RETRY_MS = 20;

/** A client of prices, which comes back by itself. It emits `price` and, where an attempt gets nowhere, `failed`. */
export class Feed extends EventEmitter {
  /** The same as long as this client lives, so that its connections can be followed. */
  sessionId = randomUUID();
  /** One more for each attempt. */
  connectionSequence = 0;
  #url;
  #socket;
  #timer;

  constructor(url) {
    super();
    this.#url = url;
    this.#dial();
  }

  close() {
    clearTimeout(this.#timer);
    this.#socket.removeAllListeners('close').close();
  }

  #dial() {
    this.connectionSequence += 1;
    const names = new URLSearchParams({
      session_id: this.sessionId,
      connection_sequence: this.connectionSequence,
    });
    this.#socket = new WebSocket(`${this.#url}/prices?${names}`)
      .on('message', (data) => this.emit('price', JSON.parse(data)))
      .on('error', (error) => this.emit('failed', error))
      .on('close', () => {
        this.#timer = setTimeout(() => this.#dial(), RETRY_MS);
      });
  }
}
