import uPlot from 'uplot';
import type { ChartData } from '../../model/chart-data.ts';
import { details, element, table } from './dom.ts';
import { moment, TIME_STEPS, thousands } from './format.ts';
import { colour, type Layout } from './layout.ts';
import type { TimeRange } from './time-range.ts';

const HEIGHT = 190;
const MAX_TABLE_ROWS = 60;

export interface Line {
  label: string;
  /** Name of a colour of the style sheet. */
  colour: string;
  values: number[];
  dash?: number[];
}

export interface Chart {
  root: HTMLElement;
  draw(layout: Layout): void;
}

interface ChartOptions {
  label: string;
  /** Of the points. */
  timeMs: number[];
  lines: Line[];
  /** The value holds until the next point. */
  stepped: boolean;
  faults: ChartData['faults'];
  range: TimeRange;
}

/** A chart over time, with a line at each fault. */
export function timeChart(options: ChartOptions): Chart {
  const { label, lines, range } = options;
  const plot = element('div', { class: 'plot', role: 'img', 'aria-label': label });
  const reading = element('output', { class: 'reading', 'aria-live': 'off' });
  const keys = lines.map((line) =>
    element('span', { class: `key ${line.colour}` }, element('i', {}), line.label),
  );
  const heading = element(
    'div',
    { class: 'chart-head' },
    element('h3', { text: label }),
    ...keys,
    reading,
  );
  const root = element('div', { class: 'chart' }, heading, plot, dataTable(options));
  let chart: uPlot | null = null;
  range.onChange(() => chart?.setScale('x', { min: range.from / 1000, max: range.to / 1000 }));
  return {
    root,
    draw(layout) {
      chart?.destroy();
      const seconds = options.timeMs.map((ms) => ms / 1000);
      chart = new uPlot(
        settings(options, layout, reading),
        [seconds, ...lines.map(({ values }) => values)],
        plot,
      );
      chart.setScale('x', { min: range.from / 1000, max: range.to / 1000 });
    },
  };
}

function settings(options: ChartOptions, layout: Layout, reading: HTMLElement): uPlot.Options {
  const { lines, stepped, faults, range } = options;
  const axis = {
    stroke: () => colour('muted'),
    grid: { stroke: () => colour('grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  const rangeSeconds = () => (range.to - range.from) / 1000;
  return {
    width: layout.width,
    height: HEIGHT,
    padding: [8, layout.margin, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false },
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.05)] },
    },
    cursor: { sync: { key: 'time' }, y: false, drag: { x: true, y: false, setScale: true } },
    axes: [
      {
        ...axis,
        size: 26,
        incrs: TIME_STEPS,
        space: 70,
        values: (_plot, splits) => splits.map((at) => moment(at, rangeSeconds())),
      },
      {
        ...axis,
        size: layout.gutter,
        incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000],
        values: (_plot, splits) => splits.map(thousands),
      },
    ],
    series: [
      {},
      ...lines.map((line) => ({
        label: line.label,
        stroke: () => colour(line.colour),
        width: 1.5,
        points: { show: false },
        ...(line.dash ? { dash: line.dash } : { fill: () => colour(`${line.colour}-fill`) }),
        ...(stepped && { paths: uPlot.paths.stepped?.({ align: 1 }) }),
      })),
    ],
    hooks: {
      drawAxes: [(plot) => markFaults(plot, faults)],
      setScale: [
        (plot, key) => {
          const { min, max } = plot.scales.x ?? {};
          if (key === 'x' && min != null && max != null) range.set(min * 1000, max * 1000);
        },
      ],
      setCursor: [
        ({ cursor: { idx } }) => {
          reading.textContent = idx == null ? '' : readingAt(options, idx, rangeSeconds());
        },
      ],
    },
  };
}

function readingAt({ timeMs, lines }: ChartOptions, index: number, rangeSeconds: number): string {
  const values = lines.map(({ label, values }) => `${thousands(values[index] ?? 0)} ${label}`);
  return `${moment((timeMs[index] ?? 0) / 1000, rangeSeconds)}: ${values.join(', ')}`;
}

function markFaults(plot: uPlot, faults: ChartData['faults']): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.strokeStyle = colour('fault');
  ctx.setLineDash([3, 3]);
  for (const time of faults.time_ms) {
    const x = Math.round(plot.valToPos(time / 1000, 'x', true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.moveTo(x + 0.5, bbox.top);
    ctx.lineTo(x + 0.5, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}

/** The highest values of each stretch of time, for whoever can't see the chart. */
function dataTable({ label, timeMs, lines, range }: ChartOptions): HTMLElement {
  return details('As a table', () => {
    const perRow = Math.ceil(timeMs.length / MAX_TABLE_ROWS);
    const rows = Array.from({ length: Math.ceil(timeMs.length / perRow) }, (_, row) => {
      const [begin, end] = [row * perRow, (row + 1) * perRow];
      const highest = lines.map(({ values }) => Math.max(...values.slice(begin, end)));
      return [moment((timeMs[begin] ?? 0) / 1000, range.full.to / 1000), ...highest];
    });
    const caption = perRow > 1 ? `${label}: the highest of each stretch` : label;
    return table(caption, ['From', ...lines.map((line) => line.label)], rows);
  });
}
