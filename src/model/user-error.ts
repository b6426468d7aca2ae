/** Something that a user can do something about: told in its message alone, without a stack. */
export class UserError extends Error {
  override name = 'UserError';
}

/** An option or an argument that makes no sense. */
export class UsageError extends UserError {
  override name = 'UsageError';
}
