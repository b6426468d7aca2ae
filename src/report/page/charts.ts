import uPlot from 'uplot';
import type { FaultMarks } from '../../model/chart-data.ts';
import { details, element, table } from './dom.ts';
import { bandsOf } from './fault-bands.ts';
import { instant, moment, TIME_STEPS, thousands } from './format.ts';
import { colour, type Layout } from './layout.ts';
import { type Steps, type StepsOf, stepAt, stepRows } from './steps.ts';
import type { TimeRange } from './time-range.ts';
import { zoomsByKeys } from './zoom.ts';

const HEIGHT = 190;
/** Narrower steps could not be told apart. */
const STEP_PIXELS = 5;
const MAX_TABLE_ROWS = 60;

export interface Line {
  label: string;
  /** Name of a colour of the style sheet. */
  colour: string;
  dash?: number[];
}

export interface Chart {
  root: HTMLElement;
  draw(layout: Layout): void;
}

interface ChartOptions {
  /** One for each column of the steps. */
  lines: Line[];
  stepsOf: StepsOf;
  faults: FaultMarks;
  range: TimeRange;
}

/** A chart over time, with a line where a fault struck, and a band for as long as it lasted. */
export function timeChart({ lines, stepsOf, faults, range }: ChartOptions): Chart {
  const title = element('h3');
  const reading = element('output', { class: 'reading' });
  const plot = element('div', { class: 'plot', role: 'group', tabindex: '0' });
  const keys = lines.map((line) =>
    element('span', { class: `key ${line.colour}` }, element('i', {}), line.label),
  );
  const head = element('div', { class: 'chart-head' }, title, ...keys, reading);
  let steps = stepsOf(range.from, range.to, 1);
  let chart: uPlot | null = null;
  let most = 1;
  zoomsByKeys(plot, range);

  function show(): void {
    steps = stepsOf(range.from, range.to, most);
    title.textContent = steps.label;
    plot.setAttribute('aria-label', `${steps.label}. Arrow keys read it, + and − zoom.`);
    chart?.setData([steps.timeMs, ...steps.columns], false);
    chart?.setScale('x', { min: range.from, max: range.to });
    point();
  }

  function point(): void {
    const { at } = range;
    const isShown = at !== null && at >= range.from && at <= range.to;
    reading.textContent = isShown ? readingAt(at, steps, lines, range) : '';
    const left = isShown && chart ? chart.valToPos(at, 'x') : -10;
    chart?.setCursor({ left, top: isShown ? 0 : -10 }, false);
  }

  range.onChange(show);
  range.onPoint(point);
  return {
    root: element('div', { class: 'chart' }, head, plot, dataTable(stepsOf, lines, range)),
    draw(layout) {
      chart?.destroy();
      most = Math.ceil((layout.width - layout.gutter - layout.margin) / STEP_PIXELS);
      chart = new uPlot(
        settings({ lines, faults, range }, layout),
        [[], ...lines.map(() => [])],
        plot,
      );
      show();
    },
  };
}

function settings(
  { lines, faults, range }: Omit<ChartOptions, 'stepsOf'>,
  layout: Layout,
): uPlot.Options {
  const axis = {
    stroke: () => colour('muted'),
    grid: { stroke: () => colour('grid'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  };
  return {
    width: layout.width,
    height: HEIGHT,
    padding: [8, layout.margin, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false },
      y: { range: (_plot, _min, max) => [0, Math.max(1, max * 1.05)] },
    },
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: false },
      bind: { dblclick: () => () => reset(range) },
    },
    axes: [
      {
        ...axis,
        size: 26,
        incrs: TIME_STEPS.map((seconds) => seconds * 1000),
        space: 70,
        values: (_plot, splits) =>
          splits.map((at) => moment(at / 1000, (range.to - range.from) / 1000)),
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
        paths: uPlot.paths.stepped?.({ align: 1 }) as uPlot.Series.PathBuilder,
        ...(line.dash ? { dash: line.dash } : { fill: () => colour(`${line.colour}-fill`) }),
      })),
    ],
    hooks: {
      drawAxes: [(plot) => markFaults(plot, faults)],
      setSelect: [(plot) => zoomTo(plot, range)],
      setCursor: [
        (plot) => {
          const { left = -1 } = plot.cursor;
          range.point(left < 0 ? null : plot.posToVal(left, 'x'));
        },
      ],
    },
  };
}

function reset(range: TimeRange): null {
  range.reset();
  return null;
}

/** What was dragged over. */
function zoomTo(plot: uPlot, range: TimeRange): void {
  const { left, width } = plot.select;
  if (width < 2) return;
  range.set(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'));
  plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
}

/** `12.345 s: 4 attempted, 3 welcomed`: the same instant in all charts. */
function readingAt(
  at: number,
  { timeMs, columns }: Steps,
  lines: Line[],
  range: TimeRange,
): string {
  const step = stepAt(timeMs, at);
  const values = lines.map(
    ({ label }, index) => `${thousands(columns[index]?.[step] ?? 0)} ${label}`,
  );
  return `${instant(at, range.full.to)}: ${values.join(', ')}`;
}

function markFaults(plot: uPlot, faults: FaultMarks): void {
  const { ctx, bbox } = plot;
  const toX = (ms: number) => Math.round(plot.valToPos(ms, 'x', true));
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colour('fault-fill');
  for (const [from, to] of bandsOf(faults)) {
    ctx.fillRect(toX(from), bbox.top, toX(to) - toX(from), bbox.height);
  }
  ctx.beginPath();
  ctx.strokeStyle = colour('fault');
  ctx.setLineDash([3, 3]);
  for (const time of faults.time_ms) {
    ctx.moveTo(toX(time) + 0.5, bbox.top);
    ctx.lineTo(toX(time) + 0.5, bbox.top + bbox.height);
  }
  ctx.stroke();
  ctx.restore();
}

/** For whoever can't see the chart. */
function dataTable(stepsOf: StepsOf, lines: Line[], range: TimeRange): HTMLElement {
  return details('As a table', () => {
    const steps = stepsOf(range.full.from, range.full.to, MAX_TABLE_ROWS);
    const labels = lines.map(({ label }) => label);
    const { head, rows } = stepRows(steps, labels, 2 * MAX_TABLE_ROWS);
    const cells = rows.map(([from, ...values]) => [instant(from, range.full.to), ...values]);
    return table(steps.label, ['From', ...head], cells);
  });
}
