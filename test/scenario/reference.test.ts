import fs from 'node:fs';
import { expect, test } from 'vitest';
import { FINDINGS } from '../../src/model/findings.ts';
import { scenarioReference } from '../../src/scenario/index.ts';

/** After a change of the schema: `npx vitest run test/scenario/reference.test.ts -u`. */
test('docs/scenarios.md is what the schema generates', async () => {
  await expect(scenarioReference()).toMatchFileSnapshot('../../docs/scenarios.md');
});

test('docs/logs.md says of each finding what the reference says', () => {
  const logs = fs.readFileSync(new URL('../../docs/logs.md', import.meta.url), 'utf8');
  const rows = Object.entries(FINDINGS).map(
    ([code, { meaning }]) => `| \`${code}\` | ${meaning} |`,
  );
  expect(logs).toContain(rows.join('\n'));
});
