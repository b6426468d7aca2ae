import type { Description } from './description.ts';
import type { FollowVisitor } from './follow.ts';
import { isClear, LINES_LOOKED_AT, type Reading, readingOf } from './recognise.ts';
import type { Source } from './sources.ts';

/**
 * Holds the lines back that come first in a pipe, until some show how all are to be read, or there are enough that
 * don't. None of them tells of a connection so far, so nothing is told late.
 */
export class LinesAhead implements FollowVisitor {
  readonly #source: Pick<Source, 'format' | 'log'>;
  readonly #formatOf: (lines: readonly Buffer[]) => Description | null;
  readonly #onRead: (reading: Reading) => void;
  readonly #visitor: FollowVisitor;
  #held: (Buffer | null)[] | undefined = [];

  /** @param onRead told before the visitor gets the first line */
  constructor(
    source: Pick<Source, 'format' | 'log'>,
    formatOf: (lines: readonly Buffer[]) => Description | null,
    onRead: (reading: Reading) => void,
    visitor: FollowVisitor,
  ) {
    this.#source = source;
    this.#formatOf = formatOf;
    this.#onRead = onRead;
    this.#visitor = visitor;
  }

  onLine(bytes: Buffer | null): void {
    if (this.#held === undefined) this.#visitor.onLine(bytes);
    else this.#held.push(bytes && Buffer.from(bytes));
  }

  onChunk(): void {
    if (this.#held !== undefined) this.#look(this.#lines);
    this.#visitor.onChunk();
  }

  onCaughtUp(): void {
    if (this.#held === undefined) this.#visitor.onCaughtUp();
  }

  onReplaced(how: 'rotated' | 'cut'): void {
    this.finish();
    this.#visitor.onReplaced(how);
  }

  /** No line comes after. */
  finish(): void {
    this.#handOn(null);
  }

  #look(lines: readonly Buffer[]): void {
    if (lines.length === 0) return;
    const isKnown = isClear(lines, this.#source);
    const format = isKnown ? null : this.#formatOf(lines);
    if (isKnown || format !== null || lines.length === LINES_LOOKED_AT) this.#handOn(format);
  }

  get #lines(): Buffer[] {
    return (this.#held ?? []).filter((line) => line !== null).slice(0, LINES_LOOKED_AT);
  }

  #handOn(format: Description | null): void {
    const held = this.#held;
    if (held === undefined) return;
    this.#onRead(readingOf(this.#lines, this.#source, format));
    this.#held = undefined;
    for (const line of held) this.#visitor.onLine(line);
  }
}
