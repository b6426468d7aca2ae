import type { LogEvents, LogName } from '../core/records.ts';
import { type Log, type LogOptions, openLog } from '../real/logs.ts';
import { LiveTimeline, quoted } from '../report/index.ts';
import type { Shell } from './shell.ts';

/** At a terminal, what a command that goes on shows of what it logs. */
export class LiveView {
  readonly #shell: Shell;
  readonly #timeline: LiveTimeline;

  constructor(shell: Shell) {
    this.#shell = shell;
    const { palette, width } = shell;
    this.#timeline = new LiveTimeline(performance.now(), { palette, width });
  }

  /** A log that is shown too; null where it is written nowhere. */
  telling<L extends LogName>(name: L, log: Log<L> | null): Log<L> {
    return {
      write: <E extends keyof LogEvents[L] & string>(event: E, fields: LogEvents[L][E]) => {
        log?.write(event, fields);
        const line = this.#timeline.tell(name, event, fields as object, performance.now());
        if (line !== null) this.#shell.print(line);
      },
      flush: () => log?.flush(),
      close: () => log?.close(),
    };
  }

  note(text: string): void {
    this.#shell.print(this.#timeline.note(text, performance.now()));
  }

  /** What happened in all, and how it is judged: by the logs that were written, each the value of an option. */
  finish(options: Record<string, string | undefined>): void {
    const files = Object.values(options).filter((file) => file !== undefined);
    const { command } = this.#shell;
    const judge =
      files.length > 0
        ? `judge it with: ${command} check ${files.map(quoted).join(' ')}`
        : `no log was kept; with ${Object.keys(options).join(' and ')}, ${command} check judges it`;
    this.#shell.print(`\n${this.#timeline.summary(performance.now())}\n${judge}`);
  }
}

const STDOUT = 1;

/** Opens a log. It goes to stdout where no file is named, and is shown instead where somebody watches. */
export function openShown<L extends LogName>(
  name: L,
  file: string | undefined,
  options: LogOptions,
  live: LiveView | null,
): Log<L> {
  if (!live) return openLog<L>(file ?? STDOUT, options);
  return live.telling(name, file === undefined ? null : openLog<L>(file, options));
}

/** null where nobody watches. */
export const liveView = (shell: Shell): LiveView | null =>
  shell.stdout.isTTY ? new LiveView(shell) : null;
