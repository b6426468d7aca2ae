import type { FaultMarks } from '../../model/chart-data.ts';
import type { Chart } from './charts.ts';
import { details, element, table } from './dom.ts';
import { counted, instant } from './format.ts';
import { colour, type Layout, sized } from './layout.ts';
import type { TimeRange } from './time-range.ts';

const ROW = 18;

/** Below the charts, on their axis: a row for each kind of fault, a mark where it struck, and a bar until it was over. */
export function faultStrip(faults: FaultMarks, range: TimeRange): Chart {
  const canvas = element('canvas', { role: 'img', 'aria-label': 'Faults over time' });
  const root = element('div', { class: 'chart' }, canvas, faultTable(faults, range));
  let layout: Layout | null = null;
  const draw = () => {
    if (!layout) return;
    const context = sized(canvas, layout.width, faults.names.length * ROW + 4);
    if (context) drawStrip(context, faults, range, layout);
  };
  range.onChange(draw);
  return {
    root,
    draw(next) {
      layout = next;
      draw();
    },
  };
}

function drawStrip(
  context: CanvasRenderingContext2D,
  faults: FaultMarks,
  range: TimeRange,
  { width, gutter, margin }: Layout,
): void {
  const right = width - margin;
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const [row, name] of faults.names.entries()) {
    const y = row * ROW + ROW / 2 + 2;
    context.fillStyle = colour('grid');
    context.fillRect(gutter, y, right - gutter, 1);
    context.fillStyle = colour('text');
    context.fillText(name, gutter - 8, y, gutter - 12);
  }
  const toX = (ms: number) =>
    gutter + ((ms - range.from) / (range.to - range.from)) * (right - gutter);
  context.fillStyle = colour('fault');
  for (const [index, time] of faults.time_ms.entries()) {
    const x = toX(time);
    const end = toX(faults.ended_ms[index] ?? -1);
    const y = (faults.fault[index] ?? 0) * ROW + ROW / 2 + 2;
    const from = Math.max(gutter, x);
    if (end > from) context.fillRect(from, y - 2, Math.min(right, end) - from, 4);
    if (x < gutter - 1 || x > right + 1) continue;
    context.beginPath();
    context.moveTo(x, y - 6);
    context.lineTo(x + 5, y);
    context.lineTo(x, y + 6);
    context.lineTo(x - 5, y);
    context.fill();
  }
}

const endOf = (ms: number, range: TimeRange): string => (ms < 0 ? '' : instant(ms, range.full.to));

function faultTable(faults: FaultMarks, range: TimeRange): HTMLElement {
  return details(`${counted(faults.time_ms.length, 'fault')} as a table`, () =>
    table(
      'Faults',
      ['At', 'Until', 'Fault', 'Sessions hit'],
      faults.time_ms.map((time, index) => [
        instant(time, range.full.to),
        endOf(faults.ended_ms[index] ?? -1, range),
        faults.names[faults.fault[index] ?? 0] ?? '',
        faults.sessions[index] ?? 0,
      ]),
    ),
  );
}
