import { describe, expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import { defectiveLogs, KINDS } from '../support/defective-logs.ts';
import { falseCauses } from '../support/false-causes.ts';
import { runs } from '../support/thorough.ts';
import { judge } from './judging.ts';

describe.each(KINDS)('causes of what is found in %s', (kind) => {
  it.each(Array.from({ length: runs(240) }, (_, seed) => seed))(
    'are true of the sessions that they name: seed %i',
    (seed) => {
      const size = { tabs: 6, steps: 30, edits: 1 + (seed % 12) };
      const logs = defectiveLogs(randomFor(seed, 'causes'), kind, size);
      const judged = judge(logs);
      expect(falseCauses(judged, logs)).toEqual([]);
    },
  );
});
