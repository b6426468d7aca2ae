import type { ChartData } from '../../model/chart-data.ts';
import type { PageData } from '../page-data.ts';
import { Address } from './address.ts';
import { type Chart, timeChart } from './charts.ts';
import { element, section } from './dom.ts';
import { faultStrip } from './fault-strip.ts';
import { findingsSection } from './findings.ts';
import { lanesView } from './lanes.ts';
import { layoutOf } from './layout.ts';
import {
  checksSection,
  distributions,
  doubtsSection,
  header,
  logsSection,
  observationsSection,
  scenarioSection,
} from './sections.ts';
import { connectedSteps, rateSteps } from './steps.ts';
import { createTimeRange, isWhole, type TimeRange } from './time-range.ts';
import { zoomButtons } from './zoom.ts';

function readData(): PageData {
  return JSON.parse(document.getElementById('data')?.textContent ?? '');
}

function build(data: PageData): void {
  document.title = `${data.verdict}: ${data.title} – wsdiag`;
  const range = createTimeRange(data.chart_data?.duration_ms ?? 0);
  const charts = data.chart_data === null ? [] : stormCharts(data.chart_data, range);
  const address = new Address();
  const lanes = data.chart_data === null ? null : lanesView(data, range, address);
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
    ...scenarioSection(data),
  );
  document.body.replaceChildren(main);
  keepDrawn(head, [...charts, ...(lanes ? [lanes] : [])]);
  const follow = () => {
    followRange(range, address);
    lanes?.follow();
  };
  range.onChange(() =>
    address.set({ t: isWhole(range) ? '' : `${Math.round(range.from)}-${Math.round(range.to)}` }),
  );
  address.onChange(follow);
  if (location.hash !== '') follow();
}

function followRange(range: TimeRange, address: Address): void {
  const [, from, to] = /^(\d+)-(\d+)$/.exec(address.get('t')) ?? [];
  if (from === undefined) range.reset();
  else range.set(Number(from), Number(to));
}

function storm(charts: Chart[], range: TimeRange, chartData: ChartData | null): HTMLElement[] {
  if (chartData === null) {
    const text = 'The logs could not be read a second time, so nothing is drawn.';
    return [section('storm', 'The storm', element('p', { class: 'muted', text }))];
  }
  const side = chartData.side === 'client' ? "the client's log" : "the server's log";
  const hint = element('p', {
    class: 'muted hint',
    text: `Drawn from ${side}. Drag over a chart to look closer, or use + and − and the arrow keys in it; the lanes follow.`,
  });
  const content = charts.map(({ root }) => root);
  const bar = element('div', { class: 'storm-bar' }, hint, zoomButtons(range));
  return [section('storm', 'The storm', bar, ...content)];
}

function stormCharts(chartData: ChartData, range: TimeRange): Chart[] {
  const { connected, faults, duration_ms } = chartData;
  return [
    timeChart({
      lines: [
        { label: 'attempted', colour: 'attempts' },
        { label: 'welcomed', colour: 'welcomes', dash: [5, 3] },
      ],
      stepsOf: rateSteps(chartData),
      faults,
      range,
    }),
    timeChart({
      lines: [{ label: 'connected', colour: 'connected' }],
      stepsOf: connectedSteps(connected, duration_ms),
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
