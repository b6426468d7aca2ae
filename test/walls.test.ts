import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** What each folder of `src` may import of the others, itself aside. */
const MAY_IMPORT: Record<string, string[]> = {
  core: [],
  model: ['core'],
  yaml: [],
  faults: ['core'],
  protocols: ['core'],
  scenario: ['protocols', 'faults', 'yaml', 'model', 'core'],
  real: ['core'],
  proxy: ['real', 'core'],
  page: ['core'],
  worlds: ['proxy', 'real', 'faults', 'core'],
  server: ['core'],
  logs: ['yaml', 'model', 'core'],
  judge: ['model', 'core'],
  report: ['model', 'core'],
  query: ['model', 'core'],
  sql: ['model', 'core'],
  compare: ['yaml', 'model', 'core'],
  views: ['model', 'core'],
  simulate: [
    'compare',
    'worlds',
    'protocols',
    'scenario',
    'proxy',
    'real',
    'logs',
    'judge',
    'report',
    'views',
    'yaml',
    'faults',
    'model',
    'core',
  ],
  fleet: ['simulate', 'worlds', 'scenario', 'real', 'model', 'core'],
  api: [
    'simulate',
    'compare',
    'protocols',
    'scenario',
    'real',
    'logs',
    'judge',
    'report',
    'yaml',
    'model',
    'core',
  ],
  cli: [
    'fleet',
    'simulate',
    'compare',
    'protocols',
    'scenario',
    'proxy',
    'real',
    'logs',
    'judge',
    'report',
    'views',
    'query',
    'sql',
    'yaml',
    'faults',
    'model',
    'core',
  ],
};

const SRC = path.join(import.meta.dirname, '../src');

describe('the walls between parts', () => {
  it('are told of for every folder', () => {
    expect(fs.readdirSync(SRC).sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  });

  it.each(Object.entries(MAY_IMPORT))('let %s import only %j', (folder, allowed) => {
    const trespasses = sourcesOf(folder).flatMap((file) =>
      importsOf(file)
        .filter((imported) => imported !== folder && !allowed.includes(imported))
        .map((imported) => `${path.relative(SRC, file)} imports ${imported}`),
    );
    expect(trespasses).toEqual([]);
  });
});

function sourcesOf(folder: string): string[] {
  return fs
    .readdirSync(path.join(SRC, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.join(SRC, folder, name));
}

/** Folders of `src` that a file imports from. */
function importsOf(file: string): string[] {
  const text = fs.readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map(([, specifier = '']) => {
    const target = path.relative(SRC, path.resolve(path.dirname(file), specifier));
    return target.split(path.sep)[0] ?? '';
  });
}
