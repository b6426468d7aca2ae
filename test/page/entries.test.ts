import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');
const { exports } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));

/** Bytes that a page may load of each, minified and gzipped. */
const BUDGETS = { client: 6000, sequence: 2000 };

describe.each(Object.entries(BUDGETS))('wsdiag/%s', (name, budget) => {
  const file = path.join(ROOT, exports[`./${name}`].default);
  const code = fs.readFileSync(file, 'utf8');

  it(`has less than ${budget} bytes`, () => {
    expect(gzipSync(code, { level: 9 }).length).toBeLessThan(budget);
  });

  it('is one module, which imports nothing', () => {
    expect(code).not.toMatch(/\bimport\b/);
    expect(code).toMatch(/\bexport\{/);
  });

  it('does nothing when it is loaded, also where there is no window', () => {
    const script = `import(${JSON.stringify(file)}).then((module) => console.log(Object.keys(module)))`;
    const output = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(output.trim()).toBe(name === 'client' ? "[ 'connect' ]" : "[ 'ConnectionSequence' ]");
  });

  it('has types, and a source map with its sources', () => {
    expect(fs.existsSync(path.join(ROOT, exports[`./${name}`].types))).toBe(true);
    const map = JSON.parse(fs.readFileSync(`${file}.map`, 'utf8'));
    expect(map.sourcesContent).toHaveLength(map.sources.length);
  });
});
