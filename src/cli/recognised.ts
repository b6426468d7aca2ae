import { statSync } from 'node:fs';
import {
  type Description,
  type LogFormat,
  type ReadOptions,
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
  for (const { file, format } of known.recognised) {
    const log = file === '-' ? 'stdin' : file;
    shell.printError(
      `wsdiag: ${log} is read as a log of ${format}; ${shell.command} formats ${format} shows how`,
    );
  }
  for (const file of known.sharedByTabs) {
    shell.printError(
      `wsdiag: ${file === '-' ? 'stdin' : file} names sessions by OpenTelemetry’s session.id, which all tabs of a browser share: what is one session here may be several tabs. A tab.id on each line tells them apart.`,
    );
  }
  return known.sources;
}

/** How the lines that a growing log has by now are read; of a pipe, nobody looks at them beforehand. */
export async function recognisedIn(
  file: string,
  format: LogFormat,
  shell: Shell,
): Promise<Description | null> {
  const isThere = statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
  if (!isThere) return format.description ?? null;
  const [known] = await recognised([{ file, log: 'server', stream: 0, format }], {}, shell);
  return known?.format.description ?? null;
}
