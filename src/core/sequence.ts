import { isId, type Persistence } from './handshake.ts';
import type { SessionReason } from './records.ts';
import { DOCUMENT_KEY, SESSION_ID_KEY, StoredSession } from './stored-session.ts';

export {
  DOCUMENT_KEY,
  SEQUENCE_KEY,
  SESSION_ID_KEY,
  type SequenceStorage,
  TOKEN_KEY,
} from './stored-session.ts';

export interface Session {
  id: string;
  /** Set where looking the session up had to make it. */
  started: SessionStart | null;
}

export interface SessionStart {
  reason: SessionReason;
  parentSessionId: string | null;
}

/** What the client asks of a sequence; `defects.ts` has broken ones. */
export interface SequenceLike {
  readonly persistence: Persistence;
  readonly reconnectToken: string | null;
  session(): Session;
  fork(): Session;
  next(): number | null;
  advance(lastSeen: number): boolean;
  /** Called at each welcome. */
  remember(token: string | null): void;
  /**
   * The session is that document's from now on. Gives the document that had it before and never said that it
   * went, or null: the page crashed, was discarded, or its browser was killed.
   */
  enter(documentId: string): string | null;
  /** That document goes. */
  leave(documentId: string): void;
}

/** The stored session of a client that logs: it knows why each session was made, and which document has it. */
export class Sequence extends StoredSession<SessionStart> implements SequenceLike {
  override fork(): Session {
    const parentSessionId = this.id;
    return { ...super.fork(), started: { reason: 'duplicate-tab', parentSessionId } };
  }

  /** True too where the number in use is the one that the server had seen: it was used before. */
  override advance(lastSeen: number): boolean {
    return lastSeen === this.last || super.advance(lastSeen);
  }

  enter(documentId: string): string | null {
    const previous = this.get(DOCUMENT_KEY);
    this.put(DOCUMENT_KEY, documentId);
    return isId(previous) && previous !== documentId ? previous : null;
  }

  leave(documentId: string): void {
    if (this.get(DOCUMENT_KEY) === documentId) this.put(DOCUMENT_KEY, null);
  }

  protected override why(id?: string | null, number?: string | null): SessionStart {
    const known = this.id;
    if (this.persistence === 'memory') {
      return { reason: known === null ? 'new' : 'storage-invalid', parentSessionId: known };
    }
    if (id !== null || number !== null) {
      return { reason: 'storage-invalid', parentSessionId: isId(id) ? id : known };
    }
    if (known !== null) return { reason: 'storage-cleared', parentSessionId: known };
    if (this.frame === 1) return { reason: 'new', parentSessionId: null };
    return { reason: 'frame', parentSessionId: this.#firstId() };
  }

  /** The session of the tab's first frame. */
  #firstId(): string | null {
    const { frame } = this;
    this.frame = 1;
    const id = this.get(SESSION_ID_KEY);
    this.frame = frame;
    return isId(id) ? id : null;
  }
}
