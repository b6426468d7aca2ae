import { UserError } from '../model/user-error.ts';

/** A query that can't be run. */
export class QueryError extends UserError {
  override readonly name = 'QueryError';
}
