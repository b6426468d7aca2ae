import { statSync } from 'node:fs';
import {
  type FollowVisitor,
  isDescribed,
  LinesAhead,
  type LogFormat,
  type Reading,
  type ReadOptions,
  type Recognised,
  recogniseLogs,
  type Source,
} from '../logs/index.ts';
import type { Shell } from './shell.ts';

/** Logs with the shipped formats that they plainly are of, which is told. */
export async function recognised(
  sources: readonly Source[],
  { signal }: ReadOptions,
  shell: Shell,
): Promise<Source[]> {
  const known = await recogniseLogs(sources, signal);
  for (const one of known.recognised) tell(one, shell);
  return known.sources;
}

function tell(known: Recognised, shell: Shell): void {
  for (const note of notesOf(known, shell)) shell.printError(`wsdiag: ${note}`);
}

const UNITS = { s: 'seconds', ms: 'milliseconds', us: 'microseconds', ns: 'nanoseconds' } as const;

/** How a log is read that nobody said. */
function notesOf({ file, format, unit, isSharedByTabs }: Recognised, shell: Shell): string[] {
  const log = file === '-' ? 'stdin' : file;
  const notes: string[] = [];
  if (format !== null) {
    notes.push(
      `${log} is read as a log of ${format}; ${shell.command} formats ${format} shows how`,
    );
  }
  if (unit !== null) {
    notes.push(`${log} has ${unit.place} in ${UNITS[unit.unit]}, as its opens and closes show`);
  }
  if (isSharedByTabs) {
    notes.push(
      `${log} names sessions by OpenTelemetry’s session.id, which all tabs of a browser share: what is one session here may be several tabs. A tab.id on each line tells them apart.`,
    );
  }
  return notes;
}

/** How the lines that a growing log has by now are read. */
export async function recognisedIn(
  file: string,
  format: LogFormat,
  shell: Shell,
): Promise<LogFormat> {
  if (!isFile(file)) return format;
  const [known] = await recognised([{ file, log: 'server', stream: 0, format }], {}, shell);
  return known?.format ?? format;
}

/** What can be read but once shows how it is read as it comes. */
export async function recognisedAhead(
  file: string,
  format: LogFormat,
  tail: { readAs(format: LogFormat): void },
  visitor: FollowVisitor,
  shell: Shell,
): Promise<FollowVisitor & { finish?(): void }> {
  if (isFile(file) || isDescribed(format)) return visitor;
  const { formatOf } = await import('../logs/formats.ts');
  const onRead = ({ read, ...told }: Reading) => {
    tail.readAs(read);
    tell({ file, ...told, isSharedByTabs: false }, shell);
  };
  return new LinesAhead({ format, log: 'server' }, formatOf, onRead, visitor);
}

const isFile = (file: string): boolean =>
  statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
