/** The command line, as the user called it. */
export const COMMAND = process.env.npm_command === 'exec' ? 'npx wsdiag' : 'wsdiag';

/** A word as a POSIX shell takes it. */
export const quoted = (word: string): string =>
  /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
