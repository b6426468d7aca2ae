/** Records and rows folded for people to look at. */

export { findSession } from './find-session.ts';
export { createPicture } from './picture.ts';
export { Sessions } from './sessions.ts';
export { createTimeline } from './timeline.ts';
