import type { Verdict } from '../model/findings.ts';
import { UserError } from '../model/user-error.ts';

export { UsageError } from '../model/user-error.ts';

/** Exit codes, as CI sees them. Only the command line gives them. */
export const EXIT = { pass: 0, fail: 1, usage: 2, unknown: 3, bug: 70 } as const;

export const exitCodeOf = (verdict: Verdict): number => EXIT[verdict];

/** Worst first: what can't be trusted weighs less than what is known to be wrong. */
const SEVERITY: number[] = [EXIT.bug, EXIT.usage, EXIT.fail, EXIT.unknown, EXIT.pass];

/** The exit code of several runs together. */
export function worst(codes: number[]): number {
  return SEVERITY.find((code) => codes.includes(code)) ?? EXIT.pass;
}

/** Whether an error is one that a user can do something about. */
export function isKnown(error: unknown): error is Error {
  return error instanceof UserError || isOutOfFiles(error);
}

/** wsdiag's own parts are files too, and are opened when they are needed. */
function isOutOfFiles(error: unknown): boolean {
  return error instanceof Error && /^E[MN]FILE$/.test((error as NodeJS.ErrnoException).code ?? '');
}
