import fs from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Command } from 'commander';
import {
  type FollowVisitor,
  follow,
  followStream,
  type LogFormat,
  LogUnreadable,
  logIn,
  openFifo,
  reading,
} from '../../logs/index.ts';
import { counted, reportFinding, reportPretty, sanitize } from '../../report/index.ts';
import { Tail } from '../../simulate/tail.ts';
import { exitCodeOf } from '../exit.ts';
import { areRecognised, seenBy, tellHints } from '../hints.ts';
import { liveText } from '../live-line.ts';
import { addMappingOptions, type LogOptions, sourceOptions } from '../log-options.ts';
import { recognisedAhead, recognisedIn } from '../recognised.ts';
import type { Shell } from '../shell.ts';
import { onInterrupt } from '../signals.ts';

interface Options extends Pick<LogOptions, 'map' | 'event' | 'pattern' | 'logFormat'> {
  fromEnd?: boolean;
  verbose?: boolean;
}

export function addTail(command: Command, shell: Shell): void {
  addMappingOptions(command)
    .description(
      'Follows a log as it grows, through rotations, and prints each finding as soon as the lines ' +
        'that prove it are there. Ctrl-C ends it with a verdict.',
    )
    .argument('<log>', 'a log, which may not exist yet; - for stdin, whose end is the end')
    .option('--from-end', 'judge only what comes from now on')
    .option('-v, --verbose', 'with the verdict, print every finding, and every line that proves it')
    .addHelpText(
      'after',
      `
The log is read from its beginning: only that tells whether a number was used
before. Findings that stand on lines which are not there, such as a close that
is missing, come with the verdict. While the log's process runs, what it has
still to write is not held against it.

Memory is bounded: of a log beyond 200,000 lines, each line is judged against at
least the 100,000 before it, and the verdict is unknown, not pass.

Exit codes: 0 pass, 1 findings, 2 wrong usage, 3 unknown, 70 a bug in wsdiag;
Ctrl-C and SIGTERM end it with the verdict's.

Examples:
  $ wsdiag tail server.ndjson
  $ kubectl logs -f deploy/api | wsdiag tail -`,
    )
    .action((file: string, options: Options) => tailLog(file, options, shell));
}

async function tailLog(file: string, options: Options, shell: Shell): Promise<void> {
  const asked = await sourceOptions(options, shell);
  const interruption = onInterrupt(shell.surroundings);
  const gone = new AbortController();
  // Nobody reads what is found any more.
  shell.stdout.once('error', () => gone.abort());
  const signal = AbortSignal.any([interruption.signal, gone.signal]);
  const { map = {}, events = {}, patterns, description } = asked;
  const given: LogFormat = { map, events, patterns, description, since: null, until: null };
  const format = await recognisedIn(file, given, shell);
  const assumed = logIn(file, format);
  const tail = new Tail(file, { fromEnd: options.fromEnd ?? false, format, assumed });
  const palette = shell.palette;
  const name = sanitize(file === '-' ? 'stdin' : file);
  const doing = isThere(file) ? `following ${name}` : `waiting for ${name}, which is not there yet`;
  const live = await liveText(doing, shell);
  if (!live) shell.printError(`${doing}; Ctrl-C for the verdict`);
  const tell = () => {
    const texts = tail.fresh().map((finding) => `${reportFinding(finding, { palette })}\n`);
    const printTexts = () => shell.print(texts.join(''));
    if (texts.length > 0) live ? live.aside(printTexts) : printTexts();
    live?.show(status(name, tail));
  };
  let known = format;
  const readAs = (read: LogFormat) => {
    known = read;
    tail.readAs(read);
  };
  const visitor = await recognisedAhead(
    file,
    format,
    { readAs },
    {
      onLine: (bytes) => tail.onLine(bytes),
      onChunk: tell,
      onCaughtUp: () => tail.onCaughtUp(),
      onReplaced: (how) => tail.onReplaced(how),
    },
    shell,
  );
  let isOver = false;
  try {
    isOver = await followTo(file, tail, visitor, signal, shell);
  } finally {
    live?.stop();
    interruption.release();
  }
  const result = tail.finish(isOver);
  tellHints({ ...seenBy(result), areRecognised: areRecognised([{ format: known }]) }, {}, shell);
  shell.print(reportPretty(result, { palette, verbose: options.verbose, command: shell.command }));
  shell.exitCode = exitCodeOf(result.verdict);
}

/** @throws LogUnreadable where it can't come to be there either */
function isThere(file: string): boolean {
  if (file === '-' || statsOf(file)) return true;
  const directory = path.dirname(file);
  if (statsOf(directory)?.isDirectory()) return false;
  throw new LogUnreadable(file, `there is no directory ${directory}`);
}

const statsOf = (file: string): fs.Stats | undefined =>
  reading(file, () => fs.statSync(file, { throwIfNoEntry: false }));

/** Whether the log itself came to its end. */
async function followTo(
  file: string,
  tail: Tail,
  visitor: FollowVisitor & { finish?(): void },
  signal: AbortSignal,
  shell: Shell,
): Promise<boolean> {
  const stream = await streamOf(file, signal, shell);
  if (!stream) {
    const isWhole = await follow(file, visitor, signal);
    visitor.finish?.();
    if (!isWhole) tail.onInterrupted();
    return false;
  }
  const end = await followStream(stream, visitor, signal);
  visitor.finish?.();
  if (end?.rest) tail.onUnterminated(end.rest);
  return end !== null;
}

/** Pipes can't be read again, so they have an end. */
async function streamOf(file: string, signal: AbortSignal, shell: Shell): Promise<Readable | null> {
  if (file === '-') return shell.stdin;
  return statsOf(file)?.isFIFO() ? openFifo(file, signal) : null;
}

function status(name: string, { lines, rejected, findings }: Tail): string {
  const parts = [name, counted(lines, 'line'), counted(findings, 'finding')];
  if (rejected > 0) parts.push(`${rejected} rejected`);
  return parts.join(' · ');
}
