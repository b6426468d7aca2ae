/** Attributes and listeners of an element; `text` and children are text, never markup. */
interface Properties {
  class?: string;
  text?: string;
  id?: string;
  [attribute: `aria-${string}`]: string;
  role?: string;
  title?: string;
  scope?: string;
  type?: string;
  for?: string;
  tabindex?: string;
  placeholder?: string;
  value?: string;
  onclick?: () => void;
}

export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  { text, class: className, onclick, ...attributes }: Properties = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  if (onclick !== undefined) made.addEventListener('click', onclick);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  made.append(...children);
  return made;
}

/** A part of the page, with its heading. */
export function section(id: string, heading: string, ...children: Node[]): HTMLElement {
  const title = element('h2', { text: heading, id: `${id}-heading` });
  return element('section', { id, 'aria-labelledby': title.id }, title, ...children);
}

/** Text, a number, or a bar that draws one. */
export type Cell = string | number | HTMLElement;

/** Rows by column; the first cell of each names it. */
export function table(caption: string, head: string[], rows: Cell[][]): HTMLElement {
  const numeric = (column: number) => typeof rows[0]?.[column] === 'number';
  const headCell = (text: string, column: number) =>
    element('th', { text, scope: 'col', class: numeric(column) ? 'number' : '' });
  const made = element(
    'table',
    {},
    element('caption', { text: caption }),
    element('thead', {}, element('tr', {}, ...head.map(headCell))),
    element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map(cell)))),
  );
  // Where it is wider than the page, it is scrolled by keys too.
  return element(
    'div',
    { class: 'scrolls', role: 'group', 'aria-label': caption, tabindex: '0' },
    made,
  );
}

function cell(value: Cell, column: number): HTMLElement {
  if (typeof value === 'number') {
    return element('td', { class: 'number', text: value.toLocaleString('en-US') });
  }
  if (typeof value !== 'string') {
    return element('td', { class: 'bars', 'aria-hidden': 'true' }, value);
  }
  return column === 0
    ? element('th', { text: value, scope: 'row' })
    : element('td', { text: value });
}

/** As long as its share of the highest. */
export function countBar(value: number, highest: number): HTMLElement {
  const made = element('div', { class: 'bar' });
  made.style.width = `${(value / Math.max(1, highest)) * 100}%`;
  return made;
}

export function details(summary: string, make: () => Node): HTMLElement {
  const made = element('details', {}, element('summary', { text: summary }));
  // Made when it is looked at: a table of thousands of rows costs time.
  made.addEventListener('toggle', () => made.append(make()), { once: true });
  return made;
}
