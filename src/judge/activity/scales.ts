/** Milliseconds as places: exact below some four seconds, to 1 in 1,024 beyond. Few, for they are looked at at random. */
const EXACT_BITS = 12;
const EXACT = 2 ** EXACT_BITS;
const STEPS = 1024;
const OCTAVES = 24;

export const MS_PLACES = EXACT + OCTAVES * STEPS;

export function placeOfMs(ms: number): number {
  const whole = Math.round(Math.max(0, ms));
  if (whole < EXACT) return whole;
  // A month and more is told by floating point: bits would not do.
  const octave =
    (whole < 2 ** 31 ? 31 - Math.clz32(whole) : Math.floor(Math.log2(whole))) - EXACT_BITS;
  const step = Math.floor((whole / (EXACT * 2 ** octave) - 1) * STEPS);
  return Math.min(MS_PLACES - 1, EXACT + octave * STEPS + step);
}

export function msOfPlace(place: number): number {
  if (place < EXACT) return place;
  const octave = Math.floor((place - EXACT) / STEPS);
  return Math.round(EXACT * 2 ** octave * (1 + ((place - EXACT) % STEPS) / STEPS));
}

/** How much of a bin's lower edge its width is. */
export const BIN_WIDTH = 0.002;
const LOG_WIDTH = Math.log1p(BIN_WIDTH);
/** Up to a century. */
export const BINS = 12_000;

/** Bins of the same width in proportion, so that values that differ by nothing but chance lie in a few. */
export const binOf = (value: number, from: number): number =>
  Math.min(BINS - 1, Math.max(0, Math.floor(Math.log(value / from) / LOG_WIDTH)));

/** The time that a log takes, in equal steps. */
export interface Grid {
  /** There is no peak over several. */
  clock: number;
  /** Milliseconds since the epoch. */
  from: number;
  stepMs: number;
}

export const GRID_STEPS = 2 ** 15;

export const gridOf = (clock: number, from: number, to: number): Grid => ({
  clock,
  from,
  stepMs: Math.max(1, Math.ceil((to - from + 1) / GRID_STEPS)),
});

export function stepOf({ from, stepMs }: Grid, time: number): number {
  const step = (time - from) / stepMs;
  if (!(step > 0)) return 0;
  return step < GRID_STEPS ? step | 0 : GRID_STEPS - 1;
}
