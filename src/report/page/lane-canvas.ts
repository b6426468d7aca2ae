import { ENDS } from '../../model/chart-data.ts';
import { kindOf, type Paints } from './ends.ts';
import { moment, ticks } from './format.ts';
import { beginOf, endOf, type LaneConnection } from './lane-book.ts';
import { colour, type Layout } from './layout.ts';
import type { TimeRange } from './time-range.ts';

export const LANE_HEIGHT = 24;
const BAR = 12;

export interface Frame {
  context: CanvasRenderingContext2D;
  layout: Layout;
  range: TimeRange;
  paints: Paints;
}

/** Time to pixels, and back. */
export function scaleOf({ gutter, margin, width }: Layout, range: TimeRange) {
  const perMs = (width - margin - gutter) / (range.to - range.from);
  return {
    toX: (ms: number) => gutter + (ms - range.from) * perMs,
    toMs: (x: number) => range.from + (x - gutter) / perMs,
  };
}

/** Bars for connections, a thin line for each dial, a cross for one that failed. */
export function drawLane(frame: Frame, connections: LaneConnection[], top: number): void {
  const { context, layout, range, paints } = frame;
  const { toX } = scaleOf(layout, range);
  const middle = top + LANE_HEIGHT / 2;
  context.save();
  context.beginPath();
  context.rect(layout.gutter, top, layout.width - layout.gutter - layout.margin + 3, LANE_HEIGHT);
  context.clip();
  for (const [index, connection] of connections.entries()) {
    const { attempted, opened, end } = connection;
    const ended = endOf(connections, index, range.full.to);
    if (ended < range.from || beginOf(connection) > range.to) continue;
    if (attempted >= 0) dial(context, toX(attempted), toX(opened >= 0 ? opened : ended), middle);
    if (opened >= 0) bar(context, paints, end, toX(opened), toX(ended), middle);
    else if (end === ENDS.failed) cross(context, toX(ended), middle);
  }
  context.restore();
}

function dial(context: CanvasRenderingContext2D, from: number, to: number, y: number): void {
  context.fillStyle = colour('dial');
  context.fillRect(from, y - 1, Math.max(1, to - from), 2);
  context.fillRect(from - 0.5, y - 4, 1, 8);
}

function bar(
  context: CanvasRenderingContext2D,
  paints: Paints,
  end: number,
  from: number,
  to: number,
  y: number,
): void {
  const kind = kindOf(end);
  const width = Math.max(1.5, to - from);
  context.fillStyle = paints[kind];
  context.fillRect(from, y - BAR / 2, width, BAR);
  if (kind === 'connected' || kind === 'untold') return;
  context.fillStyle = paints.caps[kind];
  context.fillRect(from + Math.max(0, width - 2), y - BAR / 2 - 2, 2, BAR + 4);
}

function cross(context: CanvasRenderingContext2D, x: number, y: number): void {
  context.strokeStyle = colour('failed');
  context.lineWidth = 1.4;
  context.beginPath();
  context.moveTo(x - 2.5, y - 2.5);
  context.lineTo(x + 2.5, y + 2.5);
  context.moveTo(x - 2.5, y + 2.5);
  context.lineTo(x + 2.5, y - 2.5);
  context.stroke();
}

/** The axis of time, above the lanes. */
export function drawAxis({ context, layout, range }: Omit<Frame, 'paints'>): void {
  const { toX } = scaleOf(layout, range);
  const rangeSeconds = (range.to - range.from) / 1000;
  const most = Math.max(2, Math.floor((layout.width - layout.gutter) / 80));
  context.fillStyle = colour('muted');
  context.font = '11px system-ui, sans-serif';
  context.textBaseline = 'middle';
  context.textAlign = 'center';
  for (const seconds of ticks(range.from / 1000, range.to / 1000, most)) {
    const x = toX(seconds * 1000);
    context.fillText(moment(seconds, rangeSeconds), x, 10);
    context.fillRect(x, 18, 1, 5);
  }
}
