import { attempted } from '../core/attempted.ts';

// biome-ignore lint/suspicious/noExplicitAny: as Node's own types have it, so that its emitters fit.
type Listener = (...args: any[]) => void;

/** As Node's `EventEmitter`. */
export interface Emitter {
  on(event: string | symbol, listener: Listener): unknown;
  prependListener(event: string | symbol, listener: Listener): unknown;
  removeListener(event: string | symbol, listener: Listener): unknown;
}

/** Listeners that never throw, and are taken back together. */
export class Listeners {
  readonly #added: [emitter: Emitter, event: string | symbol, listener: Listener][] = [];

  /** Hears of an event before those who listen already. Returns how to stop that. */
  add<A extends unknown[]>(
    emitter: Emitter,
    event: string | symbol,
    hear: (...args: A) => void,
  ): () => void {
    const listener = (...args: A) => void attempted(() => hear(...args));
    emitter.prependListener(event, listener as Listener);
    this.#added.push([emitter, event, listener as Listener]);
    return () => emitter.removeListener(event, listener as Listener);
  }

  removeAll(): void {
    for (const [emitter, event, listener] of this.#added) emitter.removeListener(event, listener);
    this.#added.length = 0;
  }
}

/** null for what is no emitter: a server that is not `ws`'s may have something else there. */
export const asEmitter = (value: unknown): Emitter | null =>
  typeof (value as Emitter | null | undefined)?.prependListener === 'function'
    ? (value as Emitter)
    : null;
