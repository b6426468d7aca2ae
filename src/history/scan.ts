import type { Doubt } from '../core/findings.ts';
import type { LogRecord, Row } from '../core/records.ts';
import type { LogFile } from '../core/result.ts';
import { readLog } from './read.ts';
import type { Source } from './sources.ts';

export interface RecordVisitor {
  onRecord(record: LogRecord): void;
  onDoubt?(doubt: Doubt): void;
}

export interface ReadOptions {
  /**
   * Only records that name this session: as theirs, or as the one that theirs comes from
   * (`parent_session_id`). Other lines are counted, and not handed out.
   */
  session?: string;
  signal?: AbortSignal;
  /** Bytes read so far, and bytes there are; null where that can't be known. */
  onProgress?(read: number, total: number | null): void;
}

/**
 * Reads logs as records: each source in turn, in file order.
 *
 * @throws LogUnreadable
 */
export async function readRecords(
  sources: readonly Source[],
  visitor: RecordVisitor,
  options: ReadOptions = {},
): Promise<LogFile[]> {
  return sources.map(({ file, log }) =>
    readLog(file, log, {
      onRecord(record) {
        if (options.session === undefined || names(record, options.session)) {
          visitor.onRecord(record);
        }
      },
      onDoubt: (doubt) => visitor.onDoubt?.(doubt),
    }),
  );
}

function names({ session_id, fields }: LogRecord, session: string): boolean {
  return session_id === session || fields.parent_session_id === session;
}

/** What a pass over logs leaves beside its rows. */
export interface Scan {
  /** By `Row.file`. */
  files: LogFile[];
  doubts: Doubt[];
  /** Number of sessions. */
  sessions: number;
  /** The id of `Row.session`. */
  sessionId(session: number): string;
}

/**
 * Reads logs as rows, fast and in memory that does not grow with the logs, but with their sessions.
 *
 * @throws LogUnreadable
 */
export async function scanRows(
  sources: readonly Source[],
  onRow: (row: Row) => void,
  options: ReadOptions = {},
): Promise<Scan> {
  const ids: string[] = [];
  const indexes = new Map<string, number>();
  const doubts: Doubt[] = [];
  const indexOf = (id: string | undefined): number => {
    if (id === undefined) return -1;
    const known = indexes.get(id);
    if (known !== undefined) return known;
    indexes.set(id, ids.length);
    return ids.push(id) - 1;
  };
  const numbers = new Map(sources.map(({ file }, index) => [file, index]));
  const files = await readRecords(
    sources,
    {
      onRecord(record) {
        const { close_code, duration_seconds } = record.fields;
        onRow({
          log: record.log,
          event: record.event,
          file: numbers.get(record.file) ?? 0,
          line: record.line,
          time: record.time,
          session: indexOf(record.session_id),
          connection_sequence: record.connection_sequence ?? 0,
          close_code: typeof close_code === 'number' ? close_code : 0,
          duration_seconds: typeof duration_seconds === 'number' ? duration_seconds : Number.NaN,
        });
      },
      onDoubt: (doubt) => doubts.push(doubt),
    },
    options,
  );
  return { files, doubts, sessions: ids.length, sessionId: (session) => ids[session] ?? '' };
}
