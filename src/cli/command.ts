/** The command line, as the user called it. */
export const COMMAND = process.env.npm_command === 'exec' ? 'npx wsdiag' : 'wsdiag';

/** Words for a POSIX shell, quoted where they must be. */
export function shellWords(words: readonly string[]): string {
  return words
    .map((word) => (/^[\w./:@%+=,~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(' ');
}
