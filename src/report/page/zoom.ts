import { element } from './dom.ts';
import { isWhole, type TimeRange } from './time-range.ts';

/** Of a range, at each press of an arrow key. */
const STEP = 1 / 60;

const KEYS: Record<string, (range: TimeRange) => void> = {
  ArrowLeft: (range) => range.step(-STEP),
  ArrowRight: (range) => range.step(STEP),
  PageUp: (range) => range.step(-1),
  PageDown: (range) => range.step(1),
  '+': (range) => range.zoom(0.5),
  '=': (range) => range.zoom(0.5),
  '-': (range) => range.zoom(2),
  '0': (range) => range.reset(),
  Escape: (range) => range.reset(),
};

/** Arrow keys go from instant to instant, and a range can be looked at closer. */
export function zoomsByKeys(target: HTMLElement, range: TimeRange): void {
  target.addEventListener('keydown', (event) => {
    const act = event.ctrlKey || event.metaKey || event.altKey ? undefined : KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act(range);
  });
}

/** The same with a pointer or a finger. */
export function zoomButtons(range: TimeRange): HTMLElement {
  const button = (text: string, name: string, act: () => void) =>
    element('button', { type: 'button', class: 'button', text, 'aria-label': name, onclick: act });
  const out = button('−', 'Zoom out', () => range.zoom(2));
  const all = element('button', {
    type: 'button',
    class: 'button reset',
    text: 'Show all of the time',
    onclick: () => range.reset(),
  });
  const tell = () => {
    out.disabled = isWhole(range);
    all.hidden = isWhole(range);
  };
  range.onChange(tell);
  tell();
  return element(
    'div',
    { class: 'toolbar' },
    button('+', 'Zoom in', () => range.zoom(0.5)),
    out,
    all,
  );
}
