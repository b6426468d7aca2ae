export type Paint = (text: string) => string;

/** Colours, so that reporters know of no terminal. */
export interface Palette {
  green: Paint;
  red: Paint;
  yellow: Paint;
  bold: Paint;
  dim: Paint;
}

export const PLAIN: Palette = {
  green: (text) => text,
  red: (text) => text,
  yellow: (text) => text,
  bold: (text) => text,
  dim: (text) => text,
};
