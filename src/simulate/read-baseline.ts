import { type Baseline, readBaseline } from '../compare/baseline.ts';
import { UsageError } from '../model/user-error.ts';
import { toldProblems } from './errors.ts';

/** @throws UsageError with all mistakes of a baseline's file */
export function baselineIn(text: string, file: string): Baseline {
  const known = readBaseline(text, file);
  if ('baseline' in known) return known.baseline;
  throw new UsageError(toldProblems(known.problems).join('\n'));
}
