import type { Settings } from '../model/comparison.ts';
import { loadYaml } from '../yaml/load.ts';
import { readYaml } from '../yaml/read-yaml.ts';
import { decode } from '../yaml/text.ts';
import { SCENARIO, SCENARIO_WORDS } from './load.ts';

/** What runs may differ in without being other runs, and what they are held to. */
const NO_SETTINGS: ReadonlySet<string> = new Set(['name', 'description', 'seed', 'expect']);

/** A scenario's settings, those that it leaves out with what stands for them; null where it can't be read. */
export function settingsIn(content: Uint8Array | string): Settings | null {
  const loaded = loadYaml(SCENARIO, content, null);
  if ('problems' in loaded) return null;
  const written = new Map(leaves(readYaml(decode(content), SCENARIO_WORDS).source?.value));
  const settings: Settings = {};
  for (const [path, value] of leaves(loaded.value)) {
    const text = written.get(path);
    settings[path] = {
      value: JSON.stringify(value),
      written: text === undefined ? null : String(text),
    };
  }
  return settings;
}

/** `clients.backoff.policy`, `timeline[0].fault`, each with its value. */
function* leaves(value: unknown, path = ''): Generator<[path: string, value: unknown]> {
  if (typeof value !== 'object' || value === null) {
    if (value !== undefined) yield [path, value];
    return;
  }
  for (const [key, one] of Object.entries(value)) {
    if (path === '' && NO_SETTINGS.has(key)) continue;
    const step = Array.isArray(value) ? `[${key}]` : path === '' ? key : `.${key}`;
    yield* leaves(one, `${path}${step}`);
  }
}
