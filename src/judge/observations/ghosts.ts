import type { Observe } from './observe.ts';

/** Connections of one session that stay alive beside each other. */
export const ghosts: Observe<'ghosts'> = ({ ghosts: { sessions, most, lines } }) =>
  sessions === 0 ? undefined : { details: { sessions, at_once: most }, session: lines[0], lines };
