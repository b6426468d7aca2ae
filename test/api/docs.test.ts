import { execFile, spawnSync } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { transform } from 'esbuild';
import { expect, it } from 'vitest';
import { blocksOf, projectWith } from '../support/project.ts';

const [storm = ''] = blocksOf('api.md', 'yaml');
const examples = blocksOf('api.md', 'ts');
const programs = examples.filter((text) => !text.includes("'vitest'"));

/** What the programs print. */
const PRINTED = [
  /^pass 3 \d\S*$/m,
  /^2 clients: pass, \d+ attempts$/m,
  /^4 clients: pass, \d+ attempts$/m,
  /^unknown true$/m,
  /^pass pass$/m,
  /^clients may connect to ws:\/\/127\.0\.0\.1:\d+$/m,
  /^clients\.count "count" must be a whole number from 1 to 1000000, not 0$/m,
];

it('the examples of docs/api.md have the right types', () => {
  const tsconfig = {
    compilerOptions: {
      strict: true,
      target: 'ES2023',
      module: 'NodeNext',
      types: ['node'],
      noEmit: true,
      skipLibCheck: true,
    },
  };
  const files = examples.map((text, index) => [`example-${index}.ts`, text]);
  const project = projectWith(['@types/node', 'vitest'], {
    ...Object.fromEntries(files),
    'tsconfig.json': JSON.stringify(tsconfig),
  });
  const tsc = path.join(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', project], {
    encoding: 'utf8',
  });
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
});

it('the examples of docs/api.md run side by side, and print what they are to', async () => {
  const sources = await Promise.all(programs.map((text) => transform(text, { loader: 'ts' })));
  const files = sources.map(({ code }, index) => [`example-${index}.js`, code] as const);
  const imports = files.map(([name]) => `import('./${name}')`);
  const cwd = projectWith([], {
    ...Object.fromEntries(files),
    'storm.yaml': storm,
    'all.js': `await Promise.all([${imports}]);`,
  });
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['all.js'], { cwd });
  expect(stderr).toBe('');
  for (const pattern of PRINTED) expect(stdout).toMatch(pattern);
  expect(stdout.trimEnd().split('\n')).toHaveLength(PRINTED.length);
});
