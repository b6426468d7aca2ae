/**
 * In place of `Intl.Segmenter` in what is bundled: libraries make one as they are loaded, though few need it, and the
 * first in a process reads the tables of Unicode, which takes as long as Node itself takes to start.
 */
export class LazySegmenter {
  #segmenter: Intl.Segmenter | undefined;

  segment(text: string): Intl.Segments {
    // Spelled otherwise, it would be replaced as well.
    this.#segmenter ??= new globalThis.Intl.Segmenter();
    return this.#segmenter.segment(text);
  }
}
