import type { Evidence, Finding } from '../model/findings.ts';
import type { LogRecord } from '../model/record.ts';
import { type Check, type CreateCheck, finding } from './check.ts';
import type { Connections } from './connections.ts';
import type { Facts } from './facts.ts';

interface Document extends Evidence {
  document_id: string;
}

/** A connection that a server has opened. */
interface Opened extends Document {
  session_id: string;
  connection_sequence: number | undefined;
}

/** A session belongs to one tab, which has one document at a time. */
export const sessionForked: CreateCheck = ({ facts, connections }) => {
  /** One for each log: nothing is known of the order between two. */
  const folds = new Map<string, Required<Omit<Check, 'found'>>>();
  return {
    onRecord(record) {
      if (record.log === 'faults') return;
      const key = `${record.log} ${record.stream ?? 0}`;
      const fold =
        folds.get(key) ??
        (record.log === 'client' ? followPages(facts) : followConnections(connections));
      folds.set(key, fold);
      fold.onRecord(record);
    },
    finish: () => [...folds.values()].flatMap((fold) => fold.finish()),
  };
};

/** Client log: a document that loads into a session finds the one before it gone. */
function followPages(facts: Facts): Required<Omit<Check, 'found'>> {
  const findings: Finding[] = [];
  const live = new Map<string, Map<string, Document>>();
  const sessionOf = new Map<string, string>();

  function leave(document_id: string): void {
    const session = sessionOf.get(document_id);
    if (session !== undefined) live.get(session)?.delete(document_id);
    sessionOf.delete(document_id);
  }

  function enter(session_id: string, document: Document): void {
    leave(document.document_id);
    sessionOf.set(document.document_id, session_id);
    const documents = live.get(session_id) ?? new Map<string, Document>();
    live.set(session_id, documents.set(document.document_id, document));
  }

  function load(session_id: string, document: Document): void {
    for (const other of live.get(session_id)?.values() ?? []) {
      if (other.document_id !== document.document_id) {
        findings.push(fork({ session_id, connection_sequence: null }, [other, document]));
      }
    }
    enter(session_id, document);
  }

  return {
    onRecord(record) {
      const { event, session_id } = record;
      const document = documentOf(record);
      if (session_id === undefined || !document) return;
      if (event === 'document_loaded') load(session_id, document);
      else if (event === 'document_unloaded') leave(document.document_id);
      // Before its page has loaded a document is nobody's rival yet.
      else if (event === 'session_started' && sessionOf.has(document.document_id)) {
        enter(session_id, document);
      }
    },
    // Where clients don't say that a page goes, the one before may have.
    finish: () => (facts.clientDocuments ? findings : []),
  };
}

/** Server log: documents follow each other; one that comes back had never gone. */
function followConnections(connections: Connections): Required<Omit<Check, 'found'>> {
  const opens = new Map<string, Opened[]>();
  return {
    onRecord(record) {
      const { event, session_id, connection_sequence } = record;
      const document = documentOf(record);
      if (event !== 'connection_opened' || session_id === undefined || !document) return;
      // A stranger's document is none of the session's.
      if (record.fields.session_verified === false) return;
      const ofSession = opens.get(session_id) ?? [];
      opens.set(session_id, ofSession);
      ofSession.push({ ...document, session_id, connection_sequence });
    },
    finish: () =>
      [...opens.values()].flatMap((all) => {
        // A page that has gone may be heard of late.
        return firstToComeBack(all.filter((one) => !connections.wasGivenUp(one))) ?? [];
      }),
  };
}

/** Two rivals alternate for as long as they live: told once. */
function firstToComeBack(opens: Opened[]): Finding | undefined {
  const seen = new Map<string, Opened>();
  let previous: Opened | undefined;
  for (const opened of opens) {
    const earlier = seen.get(opened.document_id);
    if (earlier && previous && previous.document_id !== opened.document_id) {
      return fork(opened, [earlier, previous, opened]);
    }
    if (!earlier) seen.set(opened.document_id, opened);
    previous = opened;
  }
  return undefined;
}

function documentOf({ document_id, file, line }: LogRecord): Document | undefined {
  return document_id === undefined ? undefined : { document_id, file, line };
}

function fork(
  subject: { session_id: string | undefined; connection_sequence: number | null | undefined },
  lines: Document[],
): Finding {
  const documents = [...new Set(lines.map(({ document_id }) => document_id))];
  return finding('session-forked', subject, { documents }, lines);
}
