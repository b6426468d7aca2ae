import { describe, expect, it } from 'vitest';
import { randomFor } from '../../src/core/random.ts';
import { FINDINGS } from '../../src/model/findings.ts';
import { codesOf, judge, patched } from '../judge/judging.ts';
import { play } from '../judge/world.ts';
import { defectiveLogs, KINDS } from '../support/defective-logs.ts';
import { expectTheSameOfAny, PROPERTIES } from '../support/properties.ts';
import { found, judgeRunLogs, withOthers } from '../support/run-logs.ts';
import { isThorough, itThoroughly } from '../support/thorough.ts';

const SIZE = { tabs: 6, steps: 30, edits: 8 };

describe.each(isThorough ? KINDS : KINDS.slice(0, 1))('what is found in %s', (kind) => {
  it.each(Object.keys(PROPERTIES))('is the same where %s', (change) =>
    expectTheSameOfAny(kind, SIZE, change, { others: 5 }, 1),
  );
});

itThoroughly('is of every kind, so that to be the same proves something', () => {
  const ofExpectations = ['threshold-crossed', 'observation-unexpected'];
  const ofSessions = Object.keys(FINDINGS).filter((code) => !ofExpectations.includes(code));
  const codes = [6, 9, 19, 35].flatMap((seed) =>
    KINDS.flatMap((kind) => codesOf(judge(defectiveLogs(randomFor(seed, 'logs'), kind, SIZE)))),
  );
  expect([...new Set(codes)].toSorted()).toEqual(ofSessions.toSorted());
});

describe('a close that lacks its number', () => {
  const closed = { event: 'connection_closed', connection_sequence: 1 };
  const numberless = patched(play([[0, 'drop']]), 'server', closed, {
    connection_sequence: undefined,
  });

  it.each(isThorough ? [0, 100, 3000] : [0, 100])(
    'makes one finding, beside %i other sessions',
    async (count) => {
      const details = { value: 'absent' };
      expect(found(await judgeRunLogs(withOthers(numberless, count)))).toEqual({
        verdict: 'fail',
        findings: [
          {
            code: 'sequence-missing',
            session_id: 's1',
            connection_sequence: null,
            details,
            after: { log: 'server', event: 'other', close_code: null, fault: null },
          },
        ],
      });
    },
  );
});
