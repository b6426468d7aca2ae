/** What wsdiag throws where a user can do something about it. Anything else that it throws is a bug in wsdiag. */

export { LogUnreadable } from '../logs/errors.ts';
export { UsageError, UserError } from '../model/user-error.ts';
export { EnvironmentError, LogFormatError, ScenarioError } from '../simulate/errors.ts';
export type { Problem } from '../yaml/problem.ts';
