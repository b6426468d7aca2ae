/** What lines, as they are held, say of whose connection they are. */
export interface Naming<L> {
  /** Its `connection_sequence`; 0 for none. */
  number(line: L): number;
  /** undefined where one of the two has no `client_id`. */
  isSameClient(one: L, other: L): boolean | undefined;
  hasClient(line: L): boolean;
}

/** Connections that are open at once are looked at one by one; more are a log without closes. */
const MAX_OPEN = 256;

/** The connections of one session that are open by one log, the oldest first. Each is a `C`, told by lines `L`. */
export class OpenConnections<L, C> {
  /** Whether the one that was ended last can be no other: the end names it, or it was open alone. */
  isSure = true;
  readonly #naming: Naming<L>;
  readonly #openings: L[] = [];
  readonly #connections: C[] = [];
  /** Of those that are open, some end was told, and nobody knows whose. */
  #isMixed = false;

  constructor(naming: Naming<L>) {
    this.#naming = naming;
  }

  open(opening: L, connection: C): void {
    if (this.#openings.length === 0) this.#isMixed = false;
    if (this.#openings.length >= MAX_OPEN) this.#remove(0);
    this.#openings.push(opening);
    this.#connections.push(connection);
  }

  /** The connection that an end belongs to, which is open no longer; undefined for none. */
  end(line: L): C | undefined {
    const at = this.#indexOf(line);
    if (at < 0) return undefined;
    this.isSure = this.#isSureOf(line);
    return this.#remove(at);
  }

  clear(): void {
    this.#openings.length = 0;
    this.#connections.length = 0;
  }

  #indexOf(line: L): number {
    const naming = this.#naming;
    const number = naming.number(line);
    let byNumber = -1;
    let unnamed = -1;
    for (let at = this.#openings.length - 1; at >= 0; at--) {
      const opening = this.#openings[at] as L;
      const isSame = naming.isSameClient(line, opening);
      if (isSame) return at;
      if (isSame === false) continue;
      const opened = naming.number(opening);
      if (number > 0 && opened === number) byNumber = at;
      if (number === 0 || opened === 0) unnamed = at;
    }
    return byNumber >= 0 ? byNumber : unnamed;
  }

  #isSureOf(line: L): boolean {
    if (this.#naming.hasClient(line) || this.#naming.number(line) > 0) return true;
    this.#isMixed ||= this.#openings.length > 1;
    return !this.#isMixed;
  }

  #remove(at: number): C | undefined {
    const connection = this.#connections[at];
    this.#openings.copyWithin(at, at + 1).pop();
    this.#connections.copyWithin(at, at + 1).pop();
    return connection;
  }
}
