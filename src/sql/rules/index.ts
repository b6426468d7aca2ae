import { attemptSkipped } from './attempt-skipped.ts';
import { closeMissing } from './close-missing.ts';
import { gapUnexplained } from './gap-unexplained.ts';
import type { Rule } from './rule.ts';
import { sequenceDuplicated } from './sequence-duplicated.ts';
import { sequenceMissing } from './sequence-missing.ts';
import { sequenceNotFromOne } from './sequence-not-from-one.ts';
import { sequenceNotIncreasing } from './sequence-not-increasing.ts';

/** Those of `check`'s rules that SQL can state, in the order of the docs. */
export const RULES: readonly Rule[] = [
  sequenceNotIncreasing,
  sequenceDuplicated,
  sequenceMissing,
  sequenceNotFromOne,
  attemptSkipped,
  gapUnexplained,
  closeMissing,
];
