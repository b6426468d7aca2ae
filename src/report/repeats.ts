import type { Series } from '../model/comparison.ts';
import type { MetricName } from '../model/metrics.ts';
import { fieldOf } from '../model/summary-metrics.ts';
import { boundText, metricValue } from './bounds.ts';
import { causeJson, causeMessage } from './causes.ts';
import { columns } from './columns.ts';
import { MARKS } from './ending.ts';
import { counted } from './format.ts';
import { type Palette, PLAIN } from './palette.ts';
import { quoted } from './quoted.ts';
import { safeJson } from './safe-json.ts';
import { inert, sanitize } from './sanitize.ts';
import { wrapped } from './text-width.ts';

interface Options {
  palette?: Palette;
  /** As the user calls wsdiag. */
  command?: string;
}

const WIDTH = 80;

/** Several runs of one scenario together, for a person. */
export function reportRepeats(
  series: Series,
  { palette = PLAIN, command = 'wsdiag' }: Options = {},
): string {
  const { name, seed, verdict, runs, label } = series;
  const { mark, colour } = MARKS[verdict];
  const sections = [
    table(series, palette),
    series.bounds.map(({ metric, text, held }) => {
      const isHeld = held === runs;
      const paint = isHeld ? palette.green : palette.red;
      return `  ${paint(isHeld ? '✔' : '✖')} ${metric} ${boundText(metric, text)}: held ${inRuns(held, runs)}`;
    }),
    [
      ...series.causes.map((one) => `${inRuns(one.runs, runs)}: ${causeMessage(one.cause)}`),
      ...(series.observations ?? []).map(
        (one) => `${inRuns(one.runs, runs)}: ${one.name} stands out`,
      ),
    ].flatMap((line) => wrapped(line, WIDTH - 2).map((part) => `  ${part}`)),
    [
      `${palette[colour](palette.bold(`${mark} ${verdict}`))}  ${sanitize(name)}, seed ${seed}, ${counted(runs, 'run')}`,
      `  ${palette.dim('runs'.padEnd(12))}${sanitize(label)}`,
      `  ${palette.dim('compare'.padEnd(12))}${command} compare ${quoted(sanitize(label))} OTHER`,
    ],
  ];
  const text = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map(inert).join('\n'));
  return `${text.join('\n\n')}\n`;
}

function table({ metrics }: Series, palette: Palette): string[] {
  const rows = (Object.entries(metrics) as [MetricName, Series['metrics'][MetricName]][]).flatMap(
    ([metric, spread]) =>
      spread
        ? [
            [
              metric,
              ...[spread.median, spread.min, spread.max].map((value) => metricValue(metric, value)),
            ],
          ]
        : [],
  );
  const head = ['metric', 'median', 'least', 'most'].map((name) => palette.dim(name));
  return columns(head, rows, WIDTH);
}

/** `in all 5 runs`, `in 2 of 5 runs`, `in none of 5 runs` */
function inRuns(runs: number, of: number): string {
  const some = runs === 0 ? 'none of' : `${runs} of`;
  return `in ${runs === of ? 'all' : some} ${counted(of, 'run')}`;
}

const REPEATS_VERSION = 1;

/** @param runs directories of the runs, in their order */
export function repeatsJson(series: Series, runs: readonly (string | null)[]): string {
  const { name, seed, plan_hash, verdict, metrics, close_codes, bounds, causes, observations } =
    series;
  const json = {
    repeats_version: REPEATS_VERSION,
    verdict,
    name,
    seed,
    plan_hash,
    runs,
    metrics: Object.fromEntries(
      Object.entries(metrics).map(([metric, spread]) => [fieldOf(metric as MetricName), spread]),
    ),
    close_codes,
    bounds,
    causes: causes.map(({ cause, runs }) => ({ ...causeJson(cause), runs })),
    observations,
  };
  return `${safeJson(json)}\n`;
}
