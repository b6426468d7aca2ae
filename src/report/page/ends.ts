import { ENDS } from '../../model/chart-data.ts';
import { element } from './dom.ts';
import type { LaneConnection } from './lane-book.ts';
import { colour, sized } from './layout.ts';

/** How a connection ended, as far as its bar shows it: by colour, and by pattern for eyes without. */
export const KINDS = {
  connected: 'connected to the end of the run',
  orderly: 'page left or closed it: 1000, 1001',
  dropped: 'dropped without a close frame: 1006',
  told: 'told to come back: 1012, 1013',
  other: 'another close code',
  untold: 'no end in the log',
} as const;
export type Kind = keyof typeof KINDS;

const WORDS: Record<number, string> = {
  [ENDS.failed]: 'never welcomed',
  [ENDS.reloaded]: 'the page reloaded',
  [ENDS.tab_closed]: 'the tab was closed',
  [ENDS.run_ended]: 'connected to the end of the run',
  [ENDS.untold]: 'no end in the log',
  [ENDS.page_left]: 'the page went',
};

export function kindOf(end: number): Kind {
  switch (end) {
    case ENDS.run_ended:
      return 'connected';
    case ENDS.reloaded:
    case ENDS.tab_closed:
    case ENDS.page_left:
    case 1000:
    case 1001:
      return 'orderly';
    case 1006:
      return 'dropped';
    case 1012:
    case 1013:
      return 'told';
    case ENDS.untold:
      return 'untold';
    default:
      return 'other';
  }
}

export function endInWords(
  { end, failure }: LaneConnection,
  meanings: Record<string, string>,
): string {
  if (failure !== '') return `never welcomed: ${failure}`;
  return WORDS[end] ?? `${end} ${meanings[end] ?? ''}`.trim();
}

/** Paints of the bars, in the colours of the moment. */
export type Paints = Record<Kind, CanvasPattern | string> & { caps: Record<Kind, string> };

export function paints(): Paints {
  const caps = Object.fromEntries(
    Object.keys(KINDS).map((kind) => [kind, colour(`end-${kind}`)]),
  ) as Record<Kind, string>;
  return {
    connected: caps.connected,
    orderly: caps.orderly,
    dropped: pattern(caps.dropped, (context) => {
      context.moveTo(-2, 8);
      context.lineTo(8, -2);
      context.moveTo(4, 10);
      context.lineTo(10, 4);
    }),
    told: pattern(caps.told, (context) => {
      context.moveTo(2, 0);
      context.lineTo(2, 8);
      context.moveTo(6, 0);
      context.lineTo(6, 8);
    }),
    other: pattern(caps.other, (context) => {
      context.moveTo(0, 4);
      context.lineTo(8, 4);
      context.moveTo(4, 0);
      context.lineTo(4, 8);
    }),
    untold: pattern(caps.untold, (context) => {
      context.rect(2, 2, 1.5, 1.5);
      context.rect(6, 6, 1.5, 1.5);
    }),
    caps,
  };
}

/** A tile of 8 by 8: the colour, thinned, with lines of it at full strength. */
function pattern(
  paint: string,
  lines: (context: CanvasRenderingContext2D) => void,
): CanvasPattern | string {
  const tile = document.createElement('canvas');
  tile.width = 8;
  tile.height = 8;
  const context = tile.getContext('2d');
  if (!context) return paint;
  context.globalAlpha = 0.45;
  context.fillStyle = paint;
  context.fillRect(0, 0, 8, 8);
  context.globalAlpha = 1;
  context.strokeStyle = paint;
  context.lineWidth = 1.6;
  context.beginPath();
  lines(context);
  context.stroke();
  return context.createPattern(tile, 'repeat') ?? paint;
}

/** What the bars and marks of the lanes mean. */
export function endsLegend(): { root: HTMLElement; draw(): void } {
  const swatches = Object.keys(KINDS).map((kind) => ({
    kind: kind as Kind,
    canvas: element('canvas', { 'aria-hidden': 'true' }),
  }));
  const key = (mark: HTMLElement, text: string) => element('span', { class: 'key' }, mark, text);
  return {
    root: element(
      'div',
      { class: 'legend' },
      ...swatches.map(({ kind, canvas }) => key(canvas, KINDS[kind])),
      key(element('b', { class: 'dial', text: '├─' }), 'dial'),
      key(element('b', { class: 'failed', text: '×' }), 'dial that failed'),
    ),
    draw() {
      const brushes = paints();
      for (const { kind, canvas } of swatches) {
        const context = sized(canvas, 22, 12);
        if (!context) continue;
        context.fillStyle = brushes[kind];
        context.fillRect(0, 0, 22, 12);
      }
    },
  };
}
