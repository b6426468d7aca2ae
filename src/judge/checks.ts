import type { FindingCode } from '../model/findings.ts';
import type { Expectations } from '../model/metrics.ts';
import type { Coverage } from '../model/result.ts';
import { attemptSkipped } from './attempt-skipped.ts';
import type { Check } from './check.ts';
import { closeMissing } from './close-missing.ts';
import { closeOrphaned } from './close-orphaned.ts';
import { WHOLE, without } from './coverage.ts';
import type { Facts } from './facts.ts';
import { forkRepeated } from './fork-repeated.ts';
import { gapUnexplained } from './gap-unexplained.ts';
import { linesDisagree } from './lines-disagree.ts';
import { logsDisagree } from './logs-disagree.ts';
import { sequenceDuplicated } from './sequence-duplicated.ts';
import { sequenceMissing } from './sequence-missing.ts';
import { sequenceNotFromOne } from './sequence-not-from-one.ts';
import { sequenceNotIncreasing } from './sequence-not-increasing.ts';
import { sessionForked } from './session-forked.ts';
import { sessionLost } from './session-lost.ts';

/** Found by what was expected, not by looking at sessions. */
type OfExpectations = 'threshold-crossed' | 'observation-unexpected';

/** Every check of sessions. */
export const CHECKS: Record<Exclude<FindingCode, OfExpectations>, Check> = {
  'sequence-not-increasing': sequenceNotIncreasing,
  'sequence-duplicated': sequenceDuplicated,
  'sequence-missing': sequenceMissing,
  'sequence-not-from-one': sequenceNotFromOne,
  'attempt-skipped': attemptSkipped,
  'gap-unexplained': gapUnexplained,
  'close-missing': closeMissing,
  'close-orphaned': closeOrphaned,
  'logs-disagree': logsDisagree,
  'lines-disagree': linesDisagree,
  'session-forked': sessionForked,
  'fork-repeated': forkRepeated,
  'session-lost': sessionLost,
};

/** Which checks the logs have the evidence for, and what the others lack. */
export function coverageOf(facts: Facts, expectations: Expectations | undefined): Coverage[] {
  const ofSessions = Object.entries(CHECKS).map(([code, { coverage }]) => ({
    code: code as FindingCode,
    ...coverage(facts),
  }));
  const where = (isExpected: boolean) => (isExpected ? WHOLE : without('no-expectations'));
  return [
    ...ofSessions,
    { code: 'threshold-crossed', ...where(expectations !== undefined) },
    { code: 'observation-unexpected', ...where((expectations?.observations.length ?? 0) > 0) },
  ];
}
