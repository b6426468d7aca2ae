import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TARGET_LOG_FORMAT } from '../core/records.ts';
import type { Description } from './description.ts';
import { LogUnreadable, reading } from './errors.ts';
import { withToldBounds } from './run-bounds.ts';
import { findSources, isRunDirectory, type Source, type SourceOptions } from './sources.ts';

/**
 * As `findSources`, with what run directories have to say of their server's log: its description, and its bounds.
 *
 * @throws LogUnreadable
 */
export async function openSources(
  named: readonly string[],
  options: SourceOptions = {},
): Promise<Source[]> {
  const runFormats = new Map<string, Description>();
  for (const name of named) {
    const file = join(name, TARGET_LOG_FORMAT);
    if (existsSync(file) && isRunDirectory(name)) runFormats.set(name, await descriptionAt(file));
  }
  const globs = await globsAmong([...(options.client ?? []), ...named]);
  return withToldBounds(findSources(named, { ...options, runFormats, globs }));
}

/** The names that are globs, and what files they name. */
async function globsAmong(names: readonly string[]): Promise<Map<string, string[]>> {
  const globs = new Map<string, string[]>();
  for (const name of names) {
    if (!/[*?[{(!+@]/.test(name) || existsSync(name)) continue;
    // Loaded here: a shell has taken most globs before.
    const { filesOf } = await import('./globs.ts');
    const files = filesOf(name);
    if (files) globs.set(name, files);
  }
  return globs;
}

async function descriptionAt(file: string): Promise<Description> {
  // Loaded here: few runs have one.
  const { loadDescription } = await import('./description-file.ts');
  const loaded = loadDescription(
    reading(file, () => readFileSync(file)),
    file,
  );
  if ('value' in loaded) return loaded.value;
  throw new LogUnreadable(file, loaded.problems[0]?.message ?? 'no description');
}
