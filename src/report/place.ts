import type { Evidence } from '../model/findings.ts';
import { sanitize } from './sanitize.ts';

/** `file:line`; within the run directory, where that is named beside it, the file alone. */
export function placeOf(where: Evidence | { file: string }, runDir: string | null = null): string {
  const shown = sanitize(runDir === null ? where.file : within(runDir, where.file));
  return 'line' in where ? `${shown}:${where.line}` : shown;
}

function within(directory: string, file: string): string {
  const rest = file.startsWith(directory) ? file.slice(directory.length) : '';
  const isInside = /^[/\\]/.test(rest) || /[/\\]$/.test(directory);
  return rest !== '' && isInside ? rest.replace(/^[/\\]/, '') : file;
}
