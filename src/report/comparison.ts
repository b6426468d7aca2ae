import type {
  Compared,
  ComparedSetting,
  LimitOutcome,
  Series,
  SeriesComparison,
  ValueChange,
} from '../model/comparison.ts';
import { isOfMachine, type MetricName } from '../model/metrics.ts';
import { boundText } from './bounds.ts';
import { causeMessage } from './causes.ts';
import { changeText, shareText, signedValue, spreadValue } from './changes.ts';
import { closeCodeMeaning } from './close-codes.ts';
import { columns } from './columns.ts';
import { MARKS } from './ending.ts';
import { capitalized, counted, listed } from './format.ts';
import { type Palette, PLAIN } from './palette.ts';
import { inert, sanitize } from './sanitize.ts';
import { wrapped } from './text-width.ts';

interface Options {
  palette?: Palette;
  /** Columns of the terminal. */
  width?: number;
}

const WIDTH = 80;

/** Runs side by side, for a person: what changed in sentences, and then all numbers. */
export function reportComparison(
  comparison: SeriesComparison,
  outcomes: readonly LimitOutcome[],
  { palette = PLAIN, width = WIDTH }: Options = {},
): string {
  const sections = [
    [
      ...legend(comparison, palette),
      ...[...notes(comparison), ...settingLines(comparison)].map((note) => palette.yellow(note)),
    ],
    headlines(comparison)
      .flatMap((line) => wrapped(line, WIDTH))
      .map((line) => palette.bold(line)),
    tables(comparison, palette, width),
    bullets(happened(comparison)),
    outcomes.map((outcome) => limitText(outcome, comparison, palette)),
  ];
  const text = sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map(inert).join('\n'));
  return `${text.join('\n\n')}\n`;
}

/** Series are called by letters: paths leave no room for numbers. */
export const letterOf = (index: number): string => String.fromCharCode(65 + index);

function legend({ series }: SeriesComparison, palette: Palette): string[] {
  return series.flatMap((one, index) => {
    const { mark, colour } = MARKS[one.verdict];
    const verdict = palette[colour](`${mark} ${one.verdict}`);
    return [
      `${palette.bold(letterOf(index))}  ${sanitize(one.label)}`,
      `   ${verdict}  ${about(one)}`,
    ];
  });
}

export function about({ label, name, seed, runs }: Series): string {
  return [
    ...(label === name ? [] : [sanitize(name)]),
    ...(seed === null ? [] : [`seed ${seed}`]),
    counted(runs, 'run'),
  ].join(', ');
}

/** The first says it all: another scenario or seed has another plan. */
export function notes({ differs }: SeriesComparison): string[] {
  const [first] = differs;
  return first === undefined ? [] : [NOTES[first]];
}

const NOTES = {
  name: 'These are runs of different scenarios: what differs may be theirs.',
  seed: 'Their seeds differ, so other sessions were hit, and other waits drawn.',
  plan_hash: 'Their plans differ: other sessions were hit, or at other times.',
};

const MAX_SETTINGS = 8;

/** `clients.backoff.policy: fixed → full-jitter` */
export function settingLines({ settings }: SeriesComparison): string[] {
  const shown = settings.slice(0, MAX_SETTINGS);
  const more = settings.length - shown.length;
  return [...shown.map(settingLine), ...(more > 0 ? [`and ${counted(more, 'setting')} more`] : [])];
}

const MAX_VALUE = 40;

function settingLine({ setting, values }: ComparedSetting): string {
  const texts = values.map((value) => (value === null ? '?' : sanitize(clipped(value))));
  const shown =
    texts.length === 2
      ? texts.join(' → ')
      : texts.map((text, index) => `${letterOf(index)} ${text}`).join(', ');
  return `${sanitize(setting)}: ${shown}`;
}

const clipped = (text: string): string =>
  text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE)}…` : text;

const MAX_SAID = 3;
/** What a storm is asked about first. */
const FIRST: MetricName[] = [
  'peak_attempts_per_second',
  'recovery_p95',
  'unrecovered_sessions',
  'losses',
];

/** A sentence for each series but the first. */
export function headlines(comparison: SeriesComparison): string[] {
  const { series } = comparison;
  return series.slice(1).map((_, index) => {
    const text = headline(comparison, index);
    return series.length === 2 ? capitalized(text) : `${letterOf(index + 1)}: ${text}`;
  });
}

const NONE = 'no difference beyond noise';

/** Beside the metrics of both. */
const isSame = (comparison: SeriesComparison, index: number): boolean =>
  happened(comparison).length === 0 &&
  comparison.metrics.every(({ values }) => (values[0] === null) === (values[index + 1] === null));

function headline(comparison: SeriesComparison, index: number): string {
  const rankOf = (metric: MetricName) =>
    FIRST.includes(metric) ? FIRST.indexOf(metric) : FIRST.length;
  const news = comparison.metrics
    .toSorted((one, other) => rankOf(one.metric) - rankOf(other.metric))
    .flatMap(({ metric, values, changes }) => {
      const [was, is, change] = [values[0], values[index + 1], changes[index]];
      return was && is && change?.is_news ? [changeText(metric, was, is, change)] : [];
    });
  if (news.length === 0)
    return isSame(comparison, index) ? `${NONE}.` : `${NONE} in the metrics that both sides have.`;
  const more = news.length - MAX_SAID;
  return `${listed([...news.slice(0, MAX_SAID), ...(more > 0 ? [`${counted(more, 'metric')} more changed`] : [])])}.`;
}

interface Row extends Compared {
  label: string;
  metric: MetricName;
}

/** A row for each value, and above them what stands in its columns. */
export function tableOf(comparison: SeriesComparison, palette: Palette = PLAIN): string[][] {
  const closes = comparison.close_codes.filter(({ changes }) =>
    changes.some((change) => change === null || change.is_news),
  );
  const rows: Row[] = [
    ...comparison.metrics.map((row) => ({ ...row, label: row.metric })),
    ...closes.map((row) => ({
      ...row,
      // Counted as attempts are.
      metric: 'attempts' as const,
      label: `${row.log} ${sanitize(row.code)} ${closeCodeMeaning(Number(row.code))}`,
    })),
  ];
  const areTwo = comparison.series.length === 2;
  const head = ['metric', ...comparison.series.map((_, index) => letterOf(index))];
  return [
    areTwo ? [...head, 'change'] : head,
    ...rows.map((row) => [
      row.label,
      ...row.values.map((value, index) => {
        const text = spreadValue(row.metric, value);
        const change = areTwo || index === 0 ? '' : shortChange(row, index - 1);
        return `${text} ${change}`.trimEnd();
      }),
      ...(areTwo ? [changeCell(row, palette)] : []),
    ]),
  ];
}

function tables(comparison: SeriesComparison, palette: Palette, width: number): string[] {
  const [head = [], ...rows] = tableOf(comparison, palette);
  return columns(
    head.map((name) => palette.dim(name)),
    rows,
    width,
  );
}

function changeCell({ metric, values, changes: [change = null] }: Row, palette: Palette): string {
  if (change === null) return values.includes(null) ? '–' : '';
  if (isOfMachine(metric)) return 'not compared';
  if (!change.is_news)
    return palette.dim(change.difference === 0 ? 'no difference' : 'within noise');
  const share = shareText(change);
  const text = `${signedValue(metric, change.difference)}${share ? ` (${share})` : ''}`;
  return change.is_worse ? palette.red(text) : text;
}

/** Beside a value: `+320 %`, `≈` within noise, or `=` where there is no difference. */
function shortChange({ metric, changes }: Row, index: number): string {
  const change: ValueChange | null | undefined = changes[index];
  if (!change || isOfMachine(metric)) return '';
  if (change.is_news) return shareText(change) ?? signedValue(metric, change.difference);
  return change.difference === 0 ? '=' : '≈';
}

/** What changed beside numbers, a sentence each. */
export const happened = (comparison: SeriesComparison): string[] => [
  ...bounds(comparison),
  ...causes(comparison),
  ...observations(comparison),
];

/** Bounds that some series held, and others did not. */
function bounds({ bounds, series }: SeriesComparison): string[] {
  return bounds.flatMap(({ metric, text, held }) => {
    const known = held.flatMap((runs, index) =>
      runs === null ? [] : [{ index, runs, of: series[index]?.runs ?? runs }],
    );
    if (new Set(known.map(({ runs, of }) => runs / of)).size < 2) return [];
    const outcomes = known.map(({ index, runs, of }) => {
      const outcome =
        runs === of ? 'held' : runs === 0 ? 'not held' : `held in ${runs} of ${of} runs`;
      return `${outcome} in ${letterOf(index)}`;
    });
    return [`${sanitize(`${metric} ${boundText(metric, text)}`)}: ${listed(outcomes)}`];
  });
}

const causes = ({ causes, series }: SeriesComparison): string[] =>
  cameOrWent(causes, series).map(([{ cause }, where]) => `${where}: ${causeMessage(cause)}`);

const observations = ({ observations, series }: SeriesComparison): string[] =>
  cameOrWent(observations, series).map(([{ name }, where]) => `${where}: ${name} stands out`);

/** What some series have and others have not, and which. */
function cameOrWent<T extends { runs: (number | null)[] }>(
  all: readonly T[],
  series: readonly Series[],
): [T, where: string][] {
  return all
    .filter(({ runs }) => runs.includes(0))
    .map((one) => {
      const having = one.runs.flatMap((runs, index) => {
        const of = series[index]?.runs ?? 1;
        return runs === 0 || runs === null
          ? []
          : [`${letterOf(index)}${runs < of ? ` (${runs} of ${of} runs)` : ''}`];
      });
      const lacking = one.runs.flatMap((runs, index) => (runs === 0 ? [letterOf(index)] : []));
      return [one, `in ${listed(having)}, not in ${listed(lacking)}`];
    });
}

const bullets = (lines: string[]): string[] =>
  lines.flatMap((line) =>
    wrapped(line, WIDTH - 2).map((part, index) => `${index === 0 ? '• ' : '  '}${part}`),
  );

/** `✖ recovery_p95>+20%: 500 ms in A, 2.1 s in B (+320 %)` */
export function limitText(
  { limit, series, held }: LimitOutcome,
  { metrics }: SeriesComparison,
  palette: Palette,
): string {
  const compared = metrics.find(({ metric }) => metric === limit.metric);
  const [was, is] = [0, series].map(
    (index) =>
      `${spreadValue(limit.metric, compared?.values[index] ?? null)} in ${letterOf(index)}`,
  );
  const change = compared?.changes[series - 1];
  const share = change && shareText(change);
  const { mark, colour } = MARKS[held === null ? 'unknown' : held ? 'pass' : 'fail'];
  return `${palette[colour](mark)} ${sanitize(limit.text)}: ${was}, ${is}${share ? ` (${share})` : ''}`;
}
