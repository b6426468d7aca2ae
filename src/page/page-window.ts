/**
 * The window of a page, as far as it is asked for anything. Of a real one each part may be missing, or throw when it
 * is looked at: locks and UUIDs where the page came over plain http, the storage where the user has blocked it.
 */
export type PageWindow = Window & typeof globalThis & { document: { prerendering?: boolean } };

/** A UUID, of plain http pages too, which have no `crypto.randomUUID`: each blob's URL ends with one (File API). */
export const randomUUID = (page: PageWindow): string =>
  page.URL.createObjectURL(new page.Blob()).slice(-36);
