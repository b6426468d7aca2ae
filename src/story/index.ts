/** Folds over records for people to look at. */

export { createPicture, type PictureFold } from './picture.ts';
