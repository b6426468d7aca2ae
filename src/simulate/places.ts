import type { Evidence } from '../core/findings.ts';

/**
 * Where lines of a followed log stand. They are counted through its rotations, so that later ones have
 * higher numbers; a person finds them by their number in their own file.
 */
export class Places {
  readonly #file: string;
  readonly #files: { linesBefore: number; until: number | null }[] = [
    { linesBefore: 0, until: null },
  ];
  #lines = 0;
  #lastTime = 0;

  constructor(file: string) {
    this.#file = file;
  }

  get lines(): number {
    return this.#lines;
  }

  nextLine(): number {
    this.#lines += 1;
    return this.#lines;
  }

  /** Time of the last line, milliseconds since the epoch: tells which rotated file it went to. */
  noteTime(time: number): void {
    this.#lastTime = time;
  }

  nextFile(): void {
    const last = this.#files.at(-1);
    if (last) last.until = this.#lastTime;
    this.#files.push({ linesBefore: this.#lines, until: null });
  }

  /** `server.ndjson:12`, or `server.ndjson (until 2026-…):5012` in a file that has gone since. */
  of({ line }: Evidence): Evidence {
    const own = this.#files.findLast(({ linesBefore }) => linesBefore < line);
    const { linesBefore = 0, until = null } = own ?? {};
    const file =
      until === null ? this.#file : `${this.#file} (until ${new Date(until).toISOString()})`;
    return { file, line: line - linesBefore };
  }
}
