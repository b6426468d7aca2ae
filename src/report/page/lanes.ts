import { ENDS } from '../../model/chart-data.ts';
import type { PageData } from '../page-data.ts';
import type { Address } from './address.ts';
import type { Chart } from './charts.ts';
import { element } from './dom.ts';
import { endsLegend } from './ends.ts';
import { counted, thousands } from './format.ts';
import { type Lane, type LaneBook, laneBook } from './lane-book.ts';
import { LaneRows, PRINTED } from './lane-rows.ts';
import { laneTable } from './lane-table.ts';
import type { TimeRange } from './time-range.ts';

const FILTERS: Record<string, { text: string; passes: (lane: Lane) => boolean }> = {
  all: { text: 'all sessions', passes: () => true },
  findings: { text: 'with findings', passes: ({ findings }) => findings > 0 },
  lost: { text: 'not connected at the end', passes: ({ lost }) => lost },
  failed: {
    text: 'with failed attempts',
    passes: ({ connections }) => connections.some(({ end }) => end === ENDS.failed),
  },
};

export interface LanesView extends Chart {
  /** Finds that session's lane, and opens it. */
  show(session: string): void;
  /** Shows what the address has. */
  follow(): void;
}

/** A lane a session, with a search and the table of the one that is picked. */
export function lanesView(data: PageData, range: TimeRange, address: Address): LanesView {
  const book = laneBook(data);
  const search = element('input', { type: 'search', id: 'lane-search', placeholder: 'session id' });
  const filter = element('select', { 'aria-label': 'Which sessions' });
  for (const [value, { text }] of Object.entries(FILTERS)) {
    filter.append(element('option', { value, text }));
  }
  const count = element('output', { class: 'muted' });
  const picked = element('div', { class: 'lane-table', 'aria-live': 'polite' });
  const rows = new LaneRows(book, range, (lane) => {
    address.set({ session: lane === null ? '' : (book.ids[lane] ?? '') });
    picked.replaceChildren(
      ...(lane === null ? [] : [laneTable(book.lane(lane), book, range.full.to)]),
    );
  });
  const legend = endsLegend();
  const label = element('label', { text: 'Find', for: 'lane-search' });
  const toolbar = element('div', { class: 'toolbar' }, label, search, filter, count);

  function matching(): number[] {
    const wanted = search.value.trim().toLowerCase();
    const passes = FILTERS[filter.value]?.passes ?? (() => true);
    return book.ids.flatMap((id, index) =>
      id.toLowerCase().includes(wanted) && passes(book.lane(index)) ? [index] : [],
    );
  }

  function apply(): number[] {
    const shown = matching();
    address.set({ find: search.value, show: filter.value === 'all' ? '' : filter.value });
    rows.filter(shown);
    tellCount(shown.length);
    return shown;
  }

  function tellCount(shown: number): void {
    count.textContent = countOf(shown, book);
  }

  function open(session: string): void {
    const lane = book.ids.indexOf(session);
    rows.select(lane < 0 ? null : lane);
    rows.reveal();
    rows.root.scrollIntoView({ block: 'center' });
  }

  search.addEventListener('input', apply);
  filter.addEventListener('change', apply);

  return {
    root: element('div', { class: 'chart lanes' }, toolbar, legend.root, rows.root, picked),
    draw(layout) {
      legend.draw();
      rows.lay(layout);
      const shown = matching().length;
      tellCount(layout.printing ? Math.min(shown, PRINTED) : shown);
    },
    show(session) {
      search.value = session;
      filter.value = 'all';
      apply();
      open(session);
    },
    follow() {
      const session = address.get('session');
      search.value = address.get('find');
      filter.value = Object.hasOwn(FILTERS, address.get('show')) ? address.get('show') : 'all';
      apply();
      if (session === '') rows.select(null);
      else open(session);
    },
  };
}

function countOf(shown: number, { ids, sessions }: LaneBook): string {
  const drawn = sessions > ids.length ? `; the worst ${thousands(ids.length)} are drawn` : '';
  return `${thousands(shown)} of ${counted(sessions, 'session')}${drawn}`;
}
