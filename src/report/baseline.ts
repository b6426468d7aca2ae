import type { BaselineOutcome, SeriesComparison } from '../model/comparison.ts';
import type { MetricName } from '../model/metrics.ts';
import { fieldOf } from '../model/summary-metrics.ts';
import { metricValue } from './bounds.ts';
import { changeText } from './changes.ts';
import { notes } from './comparison.ts';
import { MARKS } from './ending.ts';
import { listed } from './format.ts';
import type { Palette } from './palette.ts';
import { inert, sanitize } from './sanitize.ts';

/** What runs differ in from their baseline, which is the first series: a line for each metric, the worst first. */
export function reportBaseline(
  comparison: SeriesComparison,
  { worse, other, unmeasured, lacking }: BaselineOutcome,
  palette: Palette,
): string {
  const [known, series] = comparison.series;
  const verdict = worse.length > 0 ? 'fail' : unmeasured.length > 0 ? 'unknown' : 'pass';
  const changed = (metric: MetricName) => {
    const row = comparison.metrics.find((one) => one.metric === metric);
    const [was, is] = row?.values ?? [];
    const [change] = row?.changes ?? [];
    if (was && is && change) return changeText(metric, was, is, change);
    return `${metric.replaceAll('_', ' ')} was ${metricValue(metric, was?.median ?? null)}, and is not measured now`;
  };
  const mark = (of: keyof typeof MARKS) => palette[MARKS[of].colour](MARKS[of].mark);
  const renew =
    worse.length > 0
      ? '; if that is meant, renew it with -u'
      : other.length > 0
        ? '; -u renews it'
        : '';
  const told = { pass: 'no worse than', fail: 'worse than', unknown: 'can’t be held against' };
  const lines = [
    `${mark(verdict)} ${sanitize(series?.name ?? '')} is ${told[verdict]} its baseline in ${sanitize(known?.label ?? '')}${renew}`,
    ...notes(comparison).map((note) => palette.yellow(note)),
    ...worse.map((metric) => `${mark('fail')} ${changed(metric)}`),
    ...unmeasured.map((metric) => `${mark('unknown')} ${changed(metric)}`),
    ...other.map((metric) => `• ${changed(metric)}`),
    ...(lacking.length > 0
      ? [
          `• the baseline has no ${listed(lacking.map(fieldOf))}, so these are held against nothing; -u adds them`,
        ]
      : []),
  ];
  return `${lines.map((line, index) => inert(index === 0 ? line : `  ${line}`)).join('\n')}\n`;
}
