import type { Series } from '../model/comparison.ts';
import { number, seconds } from './format.ts';

/** Attempts a second over time, of several series over each other, as SVG. */

const WIDTH = 1100;
const HEIGHT = 260;
const LEFT = 56;
const BOTTOM = 26;
const TOP = 10;

type Curve = Series['attempts_over_time'][number];

const secondsOf = ({ bucket_seconds, counts }: Curve): number => bucket_seconds * counts.length;
const ratesOf = ({ bucket_seconds, counts }: Curve): number[] =>
  counts.map((count) => count / bucket_seconds);

/** Each series in the style of its class, `series-0` …; where none has a curve, nothing. */
export function stormCurves(series: readonly Series[]): string {
  const curves = series.flatMap(({ attempts_over_time }, index) =>
    attempts_over_time.filter(({ counts }) => counts.length > 0).map((curve) => ({ index, curve })),
  );
  if (curves.length === 0) return '';
  const longest = Math.max(...curves.map(({ curve }) => secondsOf(curve)));
  // Without an attempt in any, all is level.
  const highest = curves.reduce((most, { curve }) => ratesOf(curve).reduce(larger, most), 0) || 1;
  const x = (second: number) => LEFT + (second / longest) * (WIDTH - LEFT);
  const y = (rate: number) => TOP + (1 - rate / highest) * (HEIGHT - TOP - BOTTOM);
  const lines = curves.map(
    ({ index, curve }) => `<path class="curve series-${index}" d="${stepsOf(curve, x, y)}"/>`,
  );
  return [
    '<div class="wide" role="region" aria-label="Chart" tabindex="0">',
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Attempts a second since the first">`,
    ...[0, 0.5, 1].flatMap((part) => axisY(highest * part, y)),
    ...[0, 0.25, 0.5, 0.75, 1].map((part) => axisX(longest * part, part, x)),
    ...lines,
    '</svg></div>',
    `<p class="muted">Each step is a bucket of ${buckets(curves.map(({ curve }) => curve))}; peaks of a second are in the table.</p>`,
  ].join('\n');
}

const larger = (one: number, other: number): number => Math.max(one, other);

function buckets(curves: readonly Curve[]): string {
  const lengths = curves.map(({ bucket_seconds }) => bucket_seconds);
  const [least, most] = [Math.min(...lengths), Math.max(...lengths)].map(seconds);
  return least === most ? `${least}` : `${least} to ${most}`;
}

/** As long as its bucket, each rate is a level line. */
function stepsOf(curve: Curve, x: (second: number) => number, y: (rate: number) => number): string {
  const steps = ratesOf(curve).map((rate, index) => {
    const end = x((index + 1) * curve.bucket_seconds);
    return `V${y(rate).toFixed(1)}H${end.toFixed(1)}`;
  });
  const zero = y(0).toFixed(1);
  return `M${x(0).toFixed(1)} ${zero}${steps.join('')}V${zero}`;
}

function axisY(rate: number, y: (rate: number) => number): string[] {
  const at = y(rate).toFixed(1);
  return [
    `<path class="grid" d="M${LEFT} ${at}H${WIDTH}"/>`,
    `<text x="${LEFT - 8}" y="${at}" dy="0.35em" text-anchor="end">${number(Math.round(rate))}/s</text>`,
  ];
}

function axisX(second: number, part: number, x: (second: number) => number): string {
  const anchor = part === 0 ? 'start' : part === 1 ? 'end' : 'middle';
  return `<text x="${x(second).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="${anchor}">${seconds(second)}</text>`;
}
