/** Records and rows folded for people to look at. */

export { type Found, findSession } from './find-session.ts';
export { createPicture, type PictureFold } from './picture.ts';
export { Sessions } from './sessions.ts';
export { createTimeline, type StoryLog, type Timeline } from './timeline.ts';
