import { counted } from '../report/format.ts';
import { sanitize } from '../report/sanitize.ts';
import { cutTo } from '../report/text-width.ts';
import type { Progress } from '../simulate/index.ts';
import type { Shell } from './shell.ts';

/** One line on stderr, drawn over and over. */
export interface LiveText {
  show(text: string): void;
  /** Prints something else, with the line out of its way. */
  aside(print: () => void): void;
  stop(): void;
}

/** Null where nobody watches, or nothing may be drawn over: then what draws is not loaded either. */
export async function liveText(text: string, shell: Shell): Promise<LiveText | null> {
  if (!shell.isLive) return null;
  const { default: ora } = await import('ora');
  const fitted = (text: string) => cutTo(sanitize(text), shell.liveWidth);
  const spinner = ora({
    text: fitted(text),
    stream: shell.stderr as NodeJS.WriteStream,
    color: shell.forbidsColour ? false : 'cyan',
    // Decided here; ora has rules of its own.
    isEnabled: true,
    // Else ora would take Ctrl-C from the terminal's own handling.
    discardStdin: false,
  }).start();
  return {
    show: (text) => {
      spinner.text = fitted(text);
    },
    aside: (print) => {
      spinner.clear();
      print();
    },
    stop: () => spinner.stop(),
  };
}

/** Shows a run while it goes on: one line drawn over, or, where nobody watches, a line a second. */
export interface LiveLine {
  show(progress: Progress): void;
  /** Prints something else, with the line out of its way. */
  aside(print: () => void): void;
  stop(): void;
}

const PLAIN_EVERY_MS = 1000;

export async function liveLine(name: string, quiet: boolean, shell: Shell): Promise<LiveLine> {
  if (quiet) return { show: () => {}, aside: (print) => print(), stop: () => {} };
  const drawn = await liveText(name, shell);
  if (!drawn) return plainLines(name, shell);
  return {
    show: (progress) => drawn.show(describe(name, progress, shell.liveWidth)),
    aside: drawn.aside,
    stop: drawn.stop,
  };
}

function plainLines(name: string, shell: Shell): LiveLine {
  let shownAtMs = Number.NEGATIVE_INFINITY;
  return {
    show: (progress) => {
      if (progress.elapsedMs - shownAtMs < PLAIN_EVERY_MS) return;
      shownAtMs = progress.elapsedMs;
      shell.printError(describe(name, progress));
    },
    aside: (print) => print(),
    stop: () => {},
  };
}

/** As many of its parts as there is room for, the first ones first. */
export function describe(
  name: string,
  progress: Progress,
  width = Number.POSITIVE_INFINITY,
): string {
  const { phase, elapsedMs, totalMs, connected, tabs, attempts, losses } = progress;
  const seconds = (ms: number) => (ms / 1000).toFixed(1);
  const parts = [
    `${name} ${phase === 'running' ? '' : `${phase} `}${seconds(elapsedMs)}/${seconds(totalMs)} s`,
    `${connected}/${tabs} connected`,
    counted(losses, 'loss', 'losses'),
    counted(attempts, 'attempt'),
    `${progress.attemptsPerSecond}/s now`,
    `${progress.peakAttemptsPerSecond}/s peak`,
  ];
  while (parts.length > 1 && parts.join(BETWEEN).length > width) parts.pop();
  return parts.join(BETWEEN);
}

const BETWEEN = ' · ';
