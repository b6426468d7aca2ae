/** A query that can't be run: the user's to mend, so its message and no stack trace. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
}
