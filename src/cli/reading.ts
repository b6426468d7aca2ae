import type { ReadOptions } from '../logs/index.ts';
import { type LiveText, liveText } from './live-line.ts';
import type { Shell } from './shell.ts';
import { onInterrupt } from './signals.ts';

/** A look that takes no longer needs no line that says how far it is. */
const SHOWN_AFTER_MS = 500;
const GIGABYTE = 1e9;

/**
 * Looks at logs, which may be long: a terminal is shown how far it is, and Ctrl-C ends it.
 *
 * @returns undefined where it was interrupted; the exit code is set then
 */
export async function lookAtLogs<T>(
  shell: Shell,
  look: (options: ReadOptions) => Promise<T>,
): Promise<T | undefined> {
  const interruption = onInterrupt(shell.surroundings);
  const line = progressLine(shell);
  try {
    return await look({ signal: interruption.signal, onProgress: line.onProgress });
  } catch (error) {
    if (interruption.exitCode === null) throw error;
    shell.exitCode = interruption.exitCode;
    return undefined;
  } finally {
    line.stop();
    interruption.release();
  }
}

function progressLine(shell: Shell) {
  const startedAt = performance.now();
  let isAsked = false;
  let isStopped = false;
  let line: LiveText | null = null;
  async function draw(text: string): Promise<void> {
    const drawn = await liveText(text, shell);
    if (isStopped) drawn?.stop();
    else line = drawn;
  }
  return {
    onProgress(read: number, total: number | null): void {
      const text = `reading ${share(read, total)}`;
      line?.show(text);
      if (isAsked || performance.now() - startedAt < SHOWN_AFTER_MS) return;
      isAsked = true;
      void draw(text);
    },
    stop(): void {
      isStopped = true;
      line?.stop();
    },
  };
}

function share(read: number, total: number | null): string {
  const gigabytes = (bytes: number) => (bytes / GIGABYTE).toFixed(2);
  if (total === null) return `${gigabytes(read)} GB`;
  const percent = total === 0 ? 100 : Math.floor((100 * read) / total);
  return `${percent} % of ${gigabytes(total)} GB`;
}
