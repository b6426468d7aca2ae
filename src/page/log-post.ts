import { listen } from './page-host.ts';
import type { PageWindow } from './page-window.ts';

/** Lines are sent this long after the first of them, and again so long after they could not be. */
const EVERY_MS = 1000;
const AGAIN_MS = 5000;
/** What a browser lets a page leave behind is 64 KiB at once. */
const MAX_CHARACTERS = 30_000;
/** A server that never takes them does not fill the page's memory: the oldest go. */
const MAX_LINES = 2000;

/**
 * Posts log lines as NDJSON, in batches and in order. A batch that the server did not take is sent again; one whose
 * answer was lost is therefore there twice.
 */
export class LogPost {
  readonly #page: PageWindow;
  readonly #url: string;
  readonly #lines: string[] = [];
  #isSending = false;
  #timer: number | null = null;

  constructor(page: PageWindow, url: string) {
    this.#page = page;
    this.#url = url;
    // The last thing that a page in the background is told before it may be gone.
    listen(page.document, 'visibilitychange', () => this.#send());
    listen(page, 'pagehide', () => this.#leave());
  }

  write(line: object): void {
    this.#lines.push(`${JSON.stringify(line)}\n`);
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
    this.#sendIn(EVERY_MS);
  }

  #sendIn(delayMs: number): void {
    this.#timer ??= this.#page.setTimeout(() => {
      this.#timer = null;
      void this.#send();
    }, delayMs);
  }

  async #send(): Promise<void> {
    if (this.#isSending || this.#lines.length === 0) return;
    this.#isSending = true;
    const batch = this.#takeBatch();
    const isTaken = await this.#page
      .fetch(this.#url, { method: 'POST', body: batch.join(''), keepalive: true })
      .then(
        ({ ok }) => ok,
        () => false,
      );
    this.#isSending = false;
    if (!isTaken) this.#lines.unshift(...batch);
    if (this.#lines.length > 0) this.#sendIn(isTaken ? 0 : AGAIN_MS);
  }

  /** The page may be gone the next moment: nobody waits for an answer. */
  #leave(): void {
    while (this.#lines.length > 0) {
      const batch = this.#takeBatch();
      if (this.#page.navigator.sendBeacon(this.#url, batch.join(''))) continue;
      // What the browser does not take is kept, for the page may come back.
      this.#lines.unshift(...batch);
      return;
    }
  }

  #takeBatch(): string[] {
    let characters = 0;
    const end = this.#lines.findIndex((line) => {
      characters += line.length;
      return characters > MAX_CHARACTERS;
    });
    return this.#lines.splice(0, end < 0 ? this.#lines.length : end || 1);
  }
}
