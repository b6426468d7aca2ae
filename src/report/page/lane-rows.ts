import { element } from './dom.ts';
import { type Paints, paints } from './ends.ts';
import type { Lane, LaneBook } from './lane-book.ts';
import { drawAxis, drawLane, LANE_HEIGHT, scaleOf } from './lane-canvas.ts';
import { connectionAt, tipContent } from './lane-table.ts';
import { colour, type Layout, sized } from './layout.ts';
import type { TimeRange } from './time-range.ts';

const AXIS_HEIGHT = 24;
const MAX_HEIGHT = 520;
/** Lanes on paper. */
export const PRINTED = 40;
/** How near the pointer must come, CSS pixels. */
const SLACK = 4;

/** Lanes one below the other, of which only those in sight are drawn. */
export class LaneRows {
  readonly root: HTMLElement;
  readonly #axis = element('canvas', { 'aria-hidden': 'true' });
  readonly #canvas = element('canvas', { 'aria-hidden': 'true' });
  readonly #labels = element('div', { class: 'lane-labels' });
  readonly #spacer = element('div');
  readonly #tip = element('div', { class: 'tip' });
  readonly #scroller: HTMLElement;
  readonly #book: LaneBook;
  readonly #range: TimeRange;
  readonly #onSelect: (lane: number | null) => void;
  #shown: number[];
  #selected: number | null = null;
  #layout: Layout | null = null;
  #paints: Paints = paints();
  #scheduled = false;

  constructor(book: LaneBook, range: TimeRange, onSelect: (lane: number | null) => void) {
    this.#book = book;
    this.#range = range;
    this.#onSelect = onSelect;
    this.#shown = book.ids.map((_, index) => index);
    this.#scroller = element(
      'div',
      {
        class: 'lane-scroller',
        role: 'group',
        tabindex: '0',
        'aria-label': 'Sessions, worst first',
      },
      element('div', { class: 'lane-view' }, this.#canvas, this.#labels),
      this.#spacer,
    );
    this.#tip.hidden = true;
    this.root = element('div', {}, this.#axis, this.#scroller, this.#tip);
    this.#listen();
  }

  /** Draws all anew: width, colours or medium have changed. */
  lay(layout: Layout): void {
    this.#layout = layout;
    this.#paints = paints();
    this.draw();
  }

  filter(shown: number[]): void {
    this.#shown = shown;
    this.#scroller.scrollTop = 0;
    this.draw();
  }

  select(lane: number | null): void {
    this.#selected = lane;
    this.#drawRows();
    this.#onSelect(lane);
  }

  draw(): void {
    const { width = 0 } = this.#layout ?? {};
    this.#scroller.style.width = `${width}px`;
    this.#scroller.style.height = `${this.#height()}px`;
    this.#spacer.style.height = `${this.#count() * LANE_HEIGHT}px`;
    const context = sized(this.#axis, width, AXIS_HEIGHT);
    if (context && this.#layout) drawAxis({ context, layout: this.#layout, range: this.#range });
    this.#drawRows();
  }

  #count(): number {
    const all = this.#shown.length;
    return this.#layout?.printing ? Math.min(PRINTED, all) : all;
  }

  #height(): number {
    const all = Math.max(1, this.#count()) * LANE_HEIGHT;
    return this.#layout?.printing ? all : Math.min(MAX_HEIGHT, all);
  }

  #drawRows(): void {
    const layout = this.#layout;
    const height = this.#height();
    const context = layout && sized(this.#canvas, layout.width, height);
    if (!layout || !context) return;
    const frame = { context, layout, range: this.#range, paints: this.#paints };
    const top = layout.printing ? 0 : this.#scroller.scrollTop;
    const last = Math.min(this.#count(), Math.ceil((top + height) / LANE_HEIGHT));
    const labels: Node[] = [];
    for (let row = Math.floor(top / LANE_HEIGHT); row < last; row++) {
      const index = this.#shown[row] as number;
      const lane = this.#book.lane(index);
      const y = row * LANE_HEIGHT - top;
      this.#drawGround(context, row, index, y, layout.width);
      drawLane(frame, lane.connections, y);
      labels.push(this.#label(lane, index, y, layout.gutter));
    }
    this.#labels.replaceChildren(...labels);
  }

  #drawGround(
    context: CanvasRenderingContext2D,
    row: number,
    index: number,
    y: number,
    width: number,
  ): void {
    const isSelected = index === this.#selected;
    if (!isSelected && row % 2 === 0) return;
    context.fillStyle = colour(isSelected ? 'selected' : 'stripe');
    context.fillRect(0, y, width, LANE_HEIGHT);
  }

  #label({ id, findings, lost }: Lane, index: number, top: number, gutter: number): HTMLElement {
    const isSelected = index === this.#selected;
    const badge = (text: string) => element('span', { class: 'badge', text });
    const button = element(
      'button',
      {
        type: 'button',
        title: id,
        'aria-pressed': String(isSelected),
        onclick: () => this.select(isSelected ? null : index),
      },
      element('span', { class: 'id', text: id }),
      ...(findings > 0 ? [badge(`✖${findings}`)] : []),
      ...(lost ? [badge('lost')] : []),
    );
    button.style.top = `${top}px`;
    button.style.width = `${gutter - 6}px`;
    return button;
  }

  #listen(): void {
    this.#range.onChange(() => this.draw());
    this.#scroller.addEventListener('scroll', () => this.#drawSoon());
    this.#scroller.addEventListener('keydown', (event) => {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.#step(by);
    });
    this.#canvas.addEventListener('mousemove', (event) => this.#point(event));
    this.#canvas.addEventListener('mouseleave', () => {
      this.#tip.hidden = true;
    });
  }

  /** Once for all the scrolling of a frame. */
  #drawSoon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#drawRows();
    });
  }

  /** The arrow keys go from lane to lane. */
  #step(by: number): void {
    const row = this.#selected === null ? -1 : this.#shown.indexOf(this.#selected);
    const next = Math.max(0, Math.min(this.#shown.length - 1, row + by));
    this.select(this.#shown[next] ?? null);
    this.reveal();
  }

  /** Scrolls to the lane that is selected, if it is shown. */
  reveal(): void {
    const row = this.#selected === null ? -1 : this.#shown.indexOf(this.#selected);
    if (row < 0) return;
    const top = row * LANE_HEIGHT;
    const { scrollTop, clientHeight } = this.#scroller;
    const lowest = top + LANE_HEIGHT - clientHeight;
    this.#scroller.scrollTop = Math.min(top, Math.max(lowest, scrollTop));
  }

  /** Tells of what is under the pointer. */
  #point({ offsetX, offsetY, clientX, clientY }: MouseEvent): void {
    const index = this.#shown[Math.floor((this.#scroller.scrollTop + offsetY) / LANE_HEIGHT)];
    if (!this.#layout || index === undefined) return;
    const { toMs } = scaleOf(this.#layout, this.#range);
    const lane = this.#book.lane(index);
    const runEnd = this.#range.full.to;
    const found = connectionAt(lane, toMs(offsetX), toMs(SLACK) - toMs(0), runEnd);
    this.#tip.hidden = found === undefined;
    if (found === undefined) return;
    this.#tip.replaceChildren(...tipContent(lane, found, this.#book, runEnd));
    const { offsetWidth, offsetHeight } = this.#tip;
    this.#tip.style.left = `${Math.max(8, Math.min(clientX + 14, innerWidth - offsetWidth - 8))}px`;
    this.#tip.style.top = `${Math.min(clientY + 16, innerHeight - offsetHeight - 8)}px`;
  }
}
