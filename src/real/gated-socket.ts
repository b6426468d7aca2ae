import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import type { Admission, DialGate } from '../core/dial-gate.ts';
import { type SocketEnd, type SocketEvents, socketEnd } from '../core/host.ts';
import type { WireSocket } from '../core/tab.ts';
import type { CutHow, Latency } from '../core/world.ts';

const CLOSED_TOO_SOON = socketEnd(ABNORMAL_CLOSURE, { error: 'closed before it opened' });

/** A socket whose dial its browser may hold back. */
export class GatedSocket implements WireSocket {
  readonly #events: SocketEvents;
  readonly #admission: Admission;
  /** null while its dial is held back. */
  #socket: WireSocket | null = null;
  #latency: Latency | null = null;
  /** It was cut silently before it was dialled. */
  #isCut = false;
  #opened = false;
  #over = false;

  /** @param dial makes the socket, once the gate lets it */
  constructor(gate: DialGate, dial: (events: SocketEvents) => WireSocket, events: SocketEvents) {
    this.#events = events;
    this.#admission = gate.ask(() => {
      this.#socket = dial({
        opened: () => this.#opens(),
        received: (text) => events.received(text),
        ...(events.receivedBytes && { receivedBytes: (bytes) => events.receivedBytes?.(bytes) }),
        heard: () => events.heard(),
        ended: (end) => this.#ends(end),
      });
      if (this.#latency) this.#socket.setLatency(this.#latency);
      if (this.#isCut) this.#socket.cut('silent');
    });
  }

  get behind(): boolean {
    return this.#socket?.behind ?? false;
  }

  send(message: string | Uint8Array): void {
    this.#socket?.send(message);
  }

  close(code: number, reason: string): void {
    if (!this.#opened) this.#admission.ended('given-up');
    if (this.#socket) this.#socket.close(code, reason);
    else setImmediate(() => this.#ends(CLOSED_TOO_SOON));
  }

  leave(reason?: string): void {
    this.#over = true;
    this.#admission.ended('closed');
    this.#socket?.leave(reason);
  }

  abandon(): void {
    this.#over = true;
    this.#admission.ended(this.#opened ? 'closed' : 'given-up');
    this.#socket?.abandon();
  }

  cut(how: CutHow): void {
    this.#isCut = how === 'silent';
    this.#socket?.cut(how);
  }

  mend(): void {
    this.#isCut = false;
    this.#socket?.mend();
  }

  thaw(): void {
    this.#isCut = false;
    this.#socket?.thaw();
  }

  setLatency(latency: Latency | null): void {
    this.#latency = latency;
    this.#socket?.setLatency(latency);
  }

  #opens(): void {
    this.#opened = true;
    this.#admission.opened();
    this.#events.opened();
  }

  #ends(end: SocketEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#admission.ended(end.wasClean ? 'closed' : 'failed');
    this.#events.ended(end);
  }
}
