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
  /** Emitter, event and listener, one after the other: connections are many, and each has several. */
  readonly #added: [Emitter, string | symbol, Listener][number][] = [];

  /** Hears of an event before those who listen already. Returns how to stop that. */
  add<A, B>(
    emitter: Emitter,
    event: string | symbol,
    hear: (one: A, other: B) => void,
  ): () => void {
    const listener = (one: A, other: B) => {
      try {
        hear(one, other);
      } catch {}
    };
    emitter.prependListener(event, listener);
    this.#added.push(emitter, event, listener);
    return () => emitter.removeListener(event, listener);
  }

  removeAll(): void {
    const added = this.#added;
    for (let at = 0; at < added.length; at += 3) {
      const emitter = added[at] as Emitter;
      emitter.removeListener(added[at + 1] as string, added[at + 2] as Listener);
    }
    added.length = 0;
  }
}

/** null for what is no emitter: a server that is not `ws`'s may have something else there. */
export const asEmitter = (value: unknown): Emitter | null =>
  typeof (value as Emitter | null | undefined)?.prependListener === 'function'
    ? (value as Emitter)
    : null;
