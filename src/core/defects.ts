import type { ClientHost } from './host.ts';
import type { WriteLog } from './records.ts';
import { SEQUENCE_KEY, SESSION_ID_KEY, Sequence, type SequenceLike } from './sequence.ts';
import type { Defect } from './settings.ts';

/**
 * Known bugs of real clients, put into a sound one, so that each check can be seen to bite. None is
 * in the client itself: each changes what the client is given.
 */

/** The sequence of a document of that host, with the defect if there is one. */
export function sequenceWith(
  defect: Defect | null,
  host: ClientHost,
  newSessionId: () => string,
): SequenceLike {
  const isInOtherFrame = (id: string) => host.isInOtherFrame(id);
  const Kind = (defect === null ? undefined : SEQUENCES[defect]) ?? Sequence;
  return new Kind(host.storage, newSessionId, isInOtherFrame);
}

/** The host a client with that defect sees. */
export function hostWith(defect: Defect | null, host: ClientHost): ClientHost {
  switch (defect) {
    case 'shares-session-with-duplicate':
      return { ...host, claimSession: grantAll };
    case 'forks-in-frames':
      return { ...host, isInOtherFrame: () => false };
    case 'omits-sequence':
      return { ...host, log: withoutSequence(host.log) };
    default:
      return host;
  }
}

/** The counter lives in the page, the id in `sessionStorage`. */
class ResetsOnRefresh extends Sequence {
  constructor(...[storage, uuid]: ConstructorParameters<typeof Sequence>) {
    super(storage, uuid);
    if (storage.getItem(SESSION_ID_KEY) !== null) storage.setItem(SEQUENCE_KEY, '0');
  }
}

/** A counter that starts at 1 and is incremented before its first use. */
class StartsAtTwo extends Sequence {
  override next(): number | null {
    if (this.last === 0) super.next();
    return super.next();
  }
}

/** The number is read, and never written back. */
class NeverIncrements extends Sequence {
  override next(): number {
    return 1;
  }
}

/** The number is written at the welcome, so a failed attempt's is used again. */
class CountsOnlySuccess extends Sequence {
  override next(): number {
    return this.last + 1;
  }

  override remember(token: string | null): void {
    super.next();
    super.remember(token);
  }
}

/** A browser that brings back older storage has this one use numbers again. */
class IgnoresLastSeen extends Sequence {
  override advance(): boolean {
    return false;
  }
}

const SEQUENCES: Partial<Record<Defect, typeof Sequence>> = {
  'resets-on-refresh': ResetsOnRefresh,
  'starts-at-two': StartsAtTwo,
  'never-increments': NeverIncrements,
  'counts-only-success': CountsOnlySuccess,
  'ignores-last-seen': IgnoresLastSeen,
};

const grantAll: ClientHost['claimSession'] = (_sessionId, decided) => {
  decided(() => {});
};

/** The handshake has the number; the log line, where it is needed, has not. */
function withoutSequence(log: WriteLog<'client'>): WriteLog<'client'> {
  return (event, fields) => {
    if (event !== 'connection_closed') return log(event, fields);
    const { connection_sequence: _, ...rest } = fields as typeof fields & {
      connection_sequence?: number;
    };
    log(event, rest as typeof fields);
  };
}
