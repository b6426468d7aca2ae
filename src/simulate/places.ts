import type { Evidence } from '../model/findings.ts';

/**
 * Where lines of a followed log stand. They are counted through its rotations, so that later ones have
 * higher numbers; a person finds them by their number in their own file.
 */
export class Places {
  readonly #file: string;
  /** `gone`: what tells those from the one that is there now. */
  readonly #files: { linesBefore: number; gone: string }[] = [{ linesBefore: 0, gone: '' }];
  #lines = 0;
  #lastTime: number | undefined;

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
    const time = this.#lastTime;
    const when = time === undefined ? 'rotated' : `until ${new Date(time).toISOString()}`;
    if (last) last.gone = ` (${when})`;
    this.#files.push({ linesBefore: this.#lines, gone: '' });
    this.#lastTime = undefined;
  }

  /** `server.ndjson:12`, or `server.ndjson (until 2026-…):5012` in a file that has gone since. */
  of({ line }: Evidence): Evidence {
    const own = this.#files.findLast(({ linesBefore }) => linesBefore < line);
    const { linesBefore = 0, gone = '' } = own ?? {};
    return { file: `${this.#file}${gone}`, line: line - linesBefore };
  }
}
