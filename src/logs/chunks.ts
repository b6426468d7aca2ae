import type { Doubt } from '../model/findings.ts';
import type { LogFile, UnreadField } from '../model/result.ts';
import { BlockReader } from './blocks.ts';
import { openBytes } from './bytes.ts';
import { addUnread, type Chunk, type ChunkTask, MAX_REJECTIONS_NAMED } from './chunk.ts';
import type { ChunkMemory } from './chunk-memory.ts';
import { REASON } from './reasons.ts';
import type { Source } from './sources.ts';
import type { Scanners } from './threads.ts';
import { Writers } from './writers.ts';

export interface ChunkVisitor {
  /**
   * @param firstLine number of the chunk's first line, from 1
   * @param offset of the memory's first byte, in the log
   */
  onChunk(chunk: Chunk, memory: ChunkMemory, firstLine: number, offset: number): void;
  /** All lines were visited. */
  onEnd?(): void;
  onDoubt?(doubt: Doubt): void;
  /** Bytes of the source that are behind. */
  onProgress?(bytes: number): void;
}

interface UnderWay {
  memory: ChunkMemory;
  offset: number;
  passedOver: boolean;
  chunk: Promise<Chunk>;
}

/**
 * Reads a source from end to end in chunks of whole lines. Several are scanned at a time; they are
 * visited in order.
 *
 * @throws LogUnreadable
 */
export async function visitChunks(
  source: Source,
  scanners: Scanners,
  want: ChunkTask['want'],
  visitor: ChunkVisitor,
  signal?: AbortSignal,
): Promise<LogFile> {
  const reader = await openBytes(source, signal);
  const blocks = new BlockReader(reader);
  const count = new LineCount(source.file, visitor);
  const free = [...scanners.memories];
  const underWay: UnderWay[] = [];
  scanners.begin({ log: source.log, format: source.format, want });

  async function visitNext(): Promise<void> {
    const next = underWay.shift();
    if (!next) return;
    const chunk = await next.chunk;
    if (next.passedOver) count.passedOver();
    visitor.onChunk(chunk, next.memory, count.lines + 1, next.offset);
    count.add(chunk);
    free.push(next.memory);
    visitor.onProgress?.(reader.position);
  }

  try {
    for (let isLast = false; !isLast; ) {
      signal?.throwIfAborted();
      while (free.length === 0) await visitNext();
      const memory = free.pop() as ChunkMemory;
      const reading = blocks.next(memory.buffer);
      // The oldest chunk is visited while the newest is read.
      if (free.length === 0) await Promise.all([visitNext(), reading]);
      const block = await reading;
      const { start, end, offset, passedOver } = block;
      const chunk = scanners.scan(memory, start, end);
      // What fails before its turn is told of at its turn.
      chunk.catch(() => {});
      underWay.push({ memory, offset, passedOver, chunk });
      isLast = block.isLast;
      if (block.unterminated) count.unterminated = true;
    }
    while (underWay.length > 0) await visitNext();
    visitor.onEnd?.();
    for (const doubt of reader.finish()) visitor.onDoubt?.(doubt);
  } finally {
    await Promise.allSettled(underWay.map(({ chunk }) => chunk));
    await reader.close();
  }
  return count.finish();
}

/** What became of a log's lines. The damaged ones are named, up to a limit. */
class LineCount {
  lines = 0;
  unterminated = false;
  #ignored = 0;
  #rejected = 0;
  #named = 0;
  readonly #unread: UnreadField[] = [];
  readonly #writers = new Writers();
  readonly #file: string;
  readonly #visitor: ChunkVisitor;

  constructor(file: string, visitor: ChunkVisitor) {
    this.#file = file;
    this.#visitor = visitor;
  }

  passedOver(): void {
    this.#reject(1, REASON.tooLong);
    this.lines += 1;
    this.#rejected += 1;
  }

  add({ lines, ignored, rejected, rejections, unread, writers }: Chunk): void {
    for (const one of unread) {
      addUnread(this.#unread, { ...one, line: this.lines + one.line + 1 });
    }
    for (const [line, reason] of rejections) this.#reject(line + 1, reason);
    for (const writer of writers) this.#writers.add(writer);
    this.lines += lines;
    this.#ignored += ignored;
    this.#rejected += rejected;
  }

  finish(): LogFile {
    const file = this.#file;
    const unnamed = this.#rejected - this.#named;
    if (unnamed > 0) this.#doubt('line-damaged', { file }, `${unnamed} more lines`);
    if (this.unterminated) this.#doubt('log-truncated', { file, line: this.lines }, '');
    for (const doubt of this.#writers.doubts(file)) this.#visitor.onDoubt?.(doubt);
    const [ignored, rejected] = [this.#ignored, this.#rejected];
    return {
      file,
      lines: this.lines,
      records: this.lines - ignored - rejected,
      ignored,
      rejected,
      ...(this.#unread.length > 0 && { unread_fields: this.#unread }),
    };
  }

  /** `line`: after those that were counted so far. */
  #reject(line: number, reason: string): void {
    if (this.#named === MAX_REJECTIONS_NAMED) return;
    this.#named += 1;
    this.#doubt('line-damaged', { file: this.#file, line: this.lines + line }, reason);
  }

  #doubt(code: Doubt['code'], where: Doubt['where'], value: string): void {
    this.#visitor.onDoubt?.({ code, where, value });
  }
}
