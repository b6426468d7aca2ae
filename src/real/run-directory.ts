import fs from 'node:fs';
import path from 'node:path';
import { LOG_FILES, nodeLog, TARGET_LOG, TARGET_LOG_FORMAT } from '../core/records.ts';
import { makeDirectory } from './make-directory.ts';

export interface RunDirectory {
  path: string;
  server: string;
  /** The log of one node of the server, from 1, where there are several. */
  nodeLog(node: number): string;
  /** What a server of the user's own logged, as it wrote it, and the description that it is read by. */
  targetLog: string;
  targetLogFormat: string;
  client: string;
  faults: string;
  scenario: string;
  summary: string;
  report: string;
  storage: string;
}

/** Paths of a run directory's files, whether or not they are there. */
export function runDirectoryAt(directory: string): RunDirectory {
  const at = (name: string) => path.join(directory, name);
  return {
    path: directory,
    server: at(LOG_FILES.server),
    nodeLog: (node) => at(nodeLog(node)),
    targetLog: at(TARGET_LOG),
    targetLogFormat: at(TARGET_LOG_FORMAT),
    client: at(LOG_FILES.client),
    faults: at(LOG_FILES.faults),
    scenario: at('scenario.yaml'),
    summary: at('summary.json'),
    report: at('report.html'),
    storage: at('session-storage'),
  };
}

/**
 * Makes `<out>/<name>-<UTC time>/` and points `<out>/latest` at it. Throws the file system's error
 * where it can't.
 */
export function createRunDirectory(out: string, name: string, startedAt: Date): RunDirectory {
  const directory = makeIn(out, name, startedAt);
  pointLatest(out, path.basename(directory));
  return runDirectoryAt(directory);
}

function makeIn(out: string, name: string, startedAt: Date): string {
  makeDirectory(out);
  requireLink(path.join(out, 'latest'));
  const stamp = startedAt.toISOString().replace(/[:.]/g, '-');
  return makeUnique(path.join(out, `${name}-${stamp}`));
}

/**
 * Makes `<out>/<name>-repeats-<UTC time>/` for several runs of one scenario; `<out>/latest` leads to the newest of them.
 * Throws the file system's error where it can't.
 */
export function createRepeatsDirectory(out: string, name: string, startedAt: Date): string {
  const directory = makeIn(out, `${name}-repeats`, startedAt);
  pointLatest(out, path.join(path.basename(directory), 'latest'));
  return directory;
}

/** Found out before anything is made: a copy of a run directory may have made a directory of it. */
function requireLink(link: string): void {
  if (fs.lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() ?? true) return;
  throw new Error(`${link} is in the way; it should be a link to the newest run, so move it away`);
}

/** Two runs may begin in the same millisecond. */
function makeUnique(wanted: string): string {
  for (let copy = 1; ; copy++) {
    const directory = copy === 1 ? wanted : `${wanted}-${copy}`;
    try {
      fs.mkdirSync(directory);
      return directory;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

/** Replaces the link in one step, so that there is always one. */
function pointLatest(out: string, target: string): void {
  const temporary = path.join(out, `.latest-${process.pid}`);
  fs.rmSync(temporary, { force: true });
  fs.symlinkSync(target, temporary, 'dir');
  fs.renameSync(temporary, path.join(out, 'latest'));
}
