import { expect, test } from 'vitest';
import { scenarioReference } from '../../src/scenario/index.ts';

/** After a change of the schema: `npx vitest run test/scenario/reference.test.ts -u`. */
test('docs/scenarios.md is what the schema generates', async () => {
  await expect(scenarioReference()).toMatchFileSnapshot('../../docs/scenarios.md');
});
