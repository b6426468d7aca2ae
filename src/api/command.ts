/** How wsdiag is called where it is a package of a project, in commands that are to be copied. */
export const COMMAND = 'npx wsdiag';
