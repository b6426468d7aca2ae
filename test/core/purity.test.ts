import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

const CORE = path.resolve(import.meta.dirname, '../../src/core');
const files = fs.readdirSync(CORE, { recursive: true, encoding: 'utf8' });
const sources = files
  .filter((file) => file.endsWith('.ts'))
  .map((file) => ({ file, code: withoutText(fs.readFileSync(path.join(CORE, file), 'utf8')) }));

/** Time, chance and the world outside, which a core may only have from its host. */
const FORBIDDEN = [
  'Date',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'requestAnimationFrame',
  'process',
  'Buffer',
  'global',
  'globalThis',
  'window',
  'self',
  'document',
  'navigator',
  'location',
  'localStorage',
  'sessionStorage',
  'WebSocket',
  'fetch',
  'performance',
  'crypto',
  'console',
  'require',
  'async',
  'await',
  'Promise',
];

/** Code without its comments and the text of its strings, whose interpolations stay. */
function withoutText(source: string): string {
  return source.replace(
    /\/\*[\s\S]*?\*\/|\/\/.*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`[^`]*`/g,
    (text) => (text.startsWith('`') ? (text.match(/\$\{[^}]*\}/g) ?? []).join(' ') : "''"),
  );
}

const identifiers = (code: string): Set<string> => new Set(code.match(/[\p{ID_Start}$_][\w$]*/gu));

describe('core', () => {
  it('has files to look at', () => {
    expect(sources.map(({ file }) => file)).toContain('client.ts');
    expect(sources.length).toBeGreaterThan(8);
  });

  it.each(sources)('$file imports nothing from outside', ({ file }) => {
    const source = fs.readFileSync(path.join(CORE, file), 'utf8');
    const specifiers = [...source.matchAll(/(?:\bfrom|\bimport\s*\(?)\s*['"]([^'"]+)['"]/g)];
    for (const [, specifier = ''] of specifiers) {
      const target = path.resolve(path.dirname(path.join(CORE, file)), specifier);
      expect(specifier.startsWith('.') && target.startsWith(CORE + path.sep), specifier).toBe(true);
      expect(fs.existsSync(target), specifier).toBe(true);
    }
  });

  it.each(sources)(
    '$file has no clock, timer, chance, promise, Node or DOM of its own',
    ({ code }) => {
      const used = identifiers(code);
      expect(FORBIDDEN.filter((name) => used.has(name))).toEqual([]);
      expect(code).not.toMatch(/\bMath\s*\.\s*random\b/);
    },
  );

  it('is looked at with eyes that see', () => {
    const code = withoutText(
      '// self\n/* await */ const s = "fetch"; `window $' + '{Date.now()}`; x',
    );
    expect(FORBIDDEN.filter((name) => identifiers(code).has(name))).toEqual(['Date']);
    expect(identifiers('document_id').has('document')).toBe(false);
  });
});
