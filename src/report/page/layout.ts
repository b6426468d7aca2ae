/** Left of every plot: labels. The plots share one axis of time, so they begin and end alike. */
export interface Layout {
  width: number;
  gutter: number;
  /** Right of every plot. */
  margin: number;
  printing: boolean;
}

/** Width of a page of A4 or Letter, in CSS pixels, less its margins. */
const PAPER_WIDTH = 680;

export function layoutOf(container: HTMLElement, printing: boolean): Layout {
  const width = printing ? PAPER_WIDTH : Math.max(280, container.clientWidth);
  return { width, gutter: width < 600 ? 84 : 150, margin: 22, printing };
}

/** Fits a canvas to its size on the screen, and hands out its context in CSS pixels. */
export function sized(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | null {
  const ratio = Math.max(1, window.devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  context?.scale(ratio, ratio);
  return context;
}

/** The value of a colour of the style sheet, which knows of dark, light and paper. */
export function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}
