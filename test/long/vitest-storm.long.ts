import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { blocksOf, projectWith } from '../support/project.ts';

const EXAMPLES = path.join(import.meta.dirname, '../../examples/vitest');
const example = fs.readFileSync(path.join(EXAMPLES, 'storm.test.js'), 'utf8');
const [yaml = ''] = blocksOf('api.md', 'yaml');
const inDocs = blocksOf('api.md', 'ts').filter((text) => text.includes("'vitest'"));

// What is linked and not copied would be taken for the project's own, and be transformed.
const CONFIG = `export default { test: { server: { deps: { external: [/\\/dist\\//] } } } };`;

/** Runs tests in a project of their own, as people would. */
function runVitest(files: Record<string, string>, env: Record<string, string> = {}) {
  const cwd = projectWith(['vitest', 'ws'], { ...files, 'vitest.config.js': CONFIG });
  const vitest = path.join(cwd, 'node_modules/vitest/vitest.mjs');
  return new Promise<{ code: number; output: string }>((resolve) => {
    const options = { cwd, env: { PATH: process.env.PATH, NO_COLOR: '1', ...env } };
    execFile(process.execPath, [vitest, 'run'], options, (error, stdout, stderr) => {
      resolve({ code: Number(error?.code ?? 0), output: `${stdout}${stderr}` });
    });
  });
}

it('the example of a storm, and that in docs/api.md, pass', async () => {
  expect(inDocs).toHaveLength(1);
  const files = { 'storm.test.js': example, 'docs.test.ts': `${inDocs}`, 'storm.yaml': yaml };
  const { code, output } = await runVitest(files);
  expect(output).toContain('2 passed');
  expect(code).toBe(0);
});

it('the example of a storm fails with BROKEN=1, and shows what is wrong', async () => {
  const { code, output } = await runVitest({ 'storm.test.js': example }, { BROKEN: '1' });
  expect(code).toBe(1);
  expect(output).toMatch(/expected the verdict to be pass\n\nstorm\n.*\n✖ fail {2}storm\n/s);
  expect(output).toMatch(
    / {2}5 sessions had connections that the server’s log has under another number\.\n/,
  );
  expect(output).toMatch(
    /One client_id, two numbers: 2 at the client, 1 at the server\.\n {6}client\.ndjson:\d+\n.*\n {6}server\.log:\d+\n/,
  );
  expect(output).toContain('expect(storm).toPassStorm();');
});
