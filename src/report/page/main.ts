import type { ChartData } from '../../model/chart-data.ts';
import type { PageData } from '../page-data.ts';
import { type Chart, timeChart } from './charts.ts';
import { element, section } from './dom.ts';
import { faultStrip } from './fault-strip.ts';
import { duration } from './format.ts';
import { lanesView } from './lanes.ts';
import { layoutOf } from './layout.ts';
import {
  checksSection,
  distributions,
  doubtsSection,
  findingsSection,
  header,
  logsSection,
  observationsSection,
} from './sections.ts';
import { createTimeRange, type TimeRange } from './time-range.ts';

function readData(): PageData {
  return JSON.parse(document.getElementById('data')?.textContent ?? '');
}

function build(data: PageData): void {
  document.title = `${data.verdict}: ${data.title} – wsdiag`;
  const range = createTimeRange(data.chart_data?.duration_ms ?? 0);
  const charts = data.chart_data === null ? [] : stormCharts(data.chart_data, range);
  const lanes = data.chart_data === null ? null : lanesView(data, range);
  const head = header(data);
  const main = element(
    'main',
    {},
    head,
    findingsSection(data, (session) => lanes?.show(session)),
    ...observationsSection(data),
    ...doubtsSection(data),
    ...storm(charts, range, data.chart_data),
    ...(lanes ? [section('sessions', 'Sessions, worst first', lanes.root)] : []),
    element('div', { class: 'columns' }, ...distributions(data)),
    checksSection(data),
    logsSection(data),
  );
  document.body.replaceChildren(main);
  keepDrawn(head, [...charts, ...(lanes ? [lanes] : [])]);
}

function storm(charts: Chart[], range: TimeRange, chartData: ChartData | null): HTMLElement[] {
  if (chartData === null) {
    const text = 'The logs could not be read a second time, so nothing is drawn.';
    return [section('storm', 'The storm', element('p', { class: 'muted', text }))];
  }
  const reset = element('button', {
    type: 'button',
    class: 'reset',
    text: 'Show all of the time',
    onclick: () => range.reset(),
  });
  reset.hidden = true;
  range.onChange(() => {
    reset.hidden = range.from === range.full.from && range.to === range.full.to;
  });
  const side = chartData.side === 'client' ? "the client's log" : "the server's log";
  const hint = element('p', {
    class: 'muted hint',
    text: `Drawn from ${side}. Drag over a chart to look closer; the lanes follow.`,
  });
  return [section('storm', 'The storm', hint, reset, ...charts.map(({ root }) => root))];
}

function stormCharts(chartData: ChartData, range: TimeRange): Chart[] {
  const { rate, connected, faults, duration_ms, side } = chartData;
  const points = rate.attempts_per_second.map((_, index) => (index + 1) * rate.step_ms);
  const window = rate.window_ms > 1000 ? `, mean of ${duration(rate.window_ms)}` : '';
  return [
    timeChart({
      label: `${side === 'client' ? 'Attempts' : 'Handshakes'} per second${window}`,
      timeMs: [0, ...points.slice(0, -1), duration_ms],
      lines: [
        { label: 'attempted', colour: 'attempts', values: [0, ...rate.attempts_per_second] },
        {
          label: 'welcomed',
          colour: 'welcomes',
          values: [0, ...rate.welcomes_per_second],
          dash: [5, 3],
        },
      ],
      stepped: false,
      faults,
      range,
    }),
    timeChart({
      label: 'Sessions connected',
      timeMs: [0, ...connected.time_ms, duration_ms],
      lines: [
        {
          label: 'connected',
          colour: 'connected',
          values: [0, ...connected.sessions, connected.sessions.at(-1) ?? 0],
        },
      ],
      stepped: true,
      faults,
      range,
    }),
    ...(faults.time_ms.length > 0 ? [faultStrip(faults, range)] : []),
  ];
}

/** Draws now, and again where width, colours or medium change. */
function keepDrawn(content: HTMLElement, charts: Chart[]): void {
  const paper = matchMedia('print');
  const draw = (printing = paper.matches) => {
    const layout = layoutOf(content, printing);
    for (const chart of charts) chart.draw(layout);
  };
  draw();
  let width = content.clientWidth;
  new ResizeObserver(() => {
    if (paper.matches || content.clientWidth === width) return;
    width = content.clientWidth;
    draw();
  }).observe(content);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => draw());
  paper.addEventListener('change', () => draw());
  window.addEventListener('beforeprint', () => draw(true));
  window.addEventListener('afterprint', () => draw(false));
}

build(readData());
performance.mark('drawn');
