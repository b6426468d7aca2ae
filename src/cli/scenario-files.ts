import { loadScenario, type Problem, type Scenario } from '../scenario/index.ts';
import { EnvironmentError } from '../simulate/errors.ts';
import { readInput } from '../simulate/input.ts';
import { printProblems } from './problems.ts';
import type { Shell } from './shell.ts';

export interface ScenarioText {
  file: string;
  text: Buffer;
  scenario: Scenario;
}

export interface UnreadableFile {
  file: string;
  unreadable: EnvironmentError;
}

export type LoadedFile = ScenarioText | { file: string; problems: Problem[] } | UnreadableFile;

/** Loads scenarios, with all mistakes of those that have some. One that can't be read hides nothing of the others. */
export async function loadEach(files: string[], shell: Shell): Promise<LoadedFile[]> {
  const loaded: LoadedFile[] = [];
  for (const file of files) loaded.push(await loadOne(file, shell));
  return loaded;
}

async function loadOne(file: string, shell: Shell): Promise<LoadedFile> {
  const text = await readInput(file, shell.stdin).catch((error: unknown) => {
    if (error instanceof EnvironmentError) return error;
    throw error;
  });
  if (text instanceof EnvironmentError) return { file, unreadable: text };
  const result = loadScenario(text, file);
  return 'scenario' in result ? { file, text, ...result } : { file, ...result };
}

/**
 * Loads scenarios, telling of every mistake in all of them; null where there was one. Nothing is
 * begun before all are sound.
 */
export async function loadAll(files: string[], shell: Shell): Promise<ScenarioText[] | null> {
  const loaded = await loadEach(files, shell);
  for (const one of loaded) {
    if ('problems' in one) printProblems(one.problems, shell);
    if ('unreadable' in one) printUnreadable(one, shell);
  }
  return loaded.every((one) => 'scenario' in one) ? loaded : null;
}

export const printUnreadable = ({ unreadable }: UnreadableFile, shell: Shell): void =>
  shell.printError(`wsdiag: ${unreadable.message}`);
