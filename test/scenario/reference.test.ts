import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { FINDINGS } from '../../src/model/findings.ts';
import { scenarioJsonSchema, scenarioReference } from '../../src/scenario/index.ts';
import { NODES_EXAMPLE } from '../../src/scenario/reference.ts';
import { scenarioTypes } from './scenario-types.ts';
import { problemsOf } from './support.ts';

/** After a change of the schema: `npx vitest run test/scenario/reference.test.ts -u`. */
test('docs/scenarios.md is what the schema generates', async () => {
  await expect(scenarioReference()).toMatchFileSnapshot('../../docs/scenarios.md');
});

test('the example of nodes is sound', () => {
  const head = 'name: nodes\nduration: 20s\nclients: { count: 60 }\n';
  expect(problemsOf(head + NODES_EXAMPLE)).toEqual([]);
});

test('the types of scenarios as objects are what the schema generates', async () => {
  const root = path.join(import.meta.dirname, '../..');
  const biome = path.join(root, 'node_modules/.bin/biome');
  const types = execFileSync(biome, ['format', '--stdin-file-path=scenario-input.ts'], {
    cwd: root,
    encoding: 'utf8',
    input: scenarioTypes(scenarioJsonSchema()),
  });
  await expect(types).toMatchFileSnapshot('../../src/api/scenario-input.ts');
});

test('docs/logs.md says of each finding what the reference says', () => {
  const logs = fs.readFileSync(new URL('../../docs/logs.md', import.meta.url), 'utf8');
  const rows = Object.entries(FINDINGS).map(
    ([code, { meaning }]) => `| \`${code}\` | ${meaning} |`,
  );
  expect(logs).toContain(rows.join('\n'));
});
