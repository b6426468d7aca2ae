import type { Lanes } from '../../model/chart-data.ts';
import type { PageCard, PageData } from '../page-data.ts';
import { type Cell, countBar, element, section, table } from './dom.ts';
import { duration, thousands } from './format.ts';

export const MARKS = { pass: '✔', fail: '✖', unknown: '?' };

export function header(data: PageData): HTMLElement {
  const { verdict, title, headline, description, replay, cards, facts, bounds } = data;
  const mark = element('span', {
    class: `verdict ${verdict}`,
    text: `${MARKS[verdict]} ${verdict}`,
  });
  return element(
    'header',
    {},
    element('h1', {}, mark, ' ', element('span', { text: title })),
    element('p', { class: 'headline', text: headline }),
    ...(description === null ? [] : [element('p', { class: 'muted', text: description })]),
    ...(bounds.length === 0 ? [] : [element('ul', { class: 'bounds' }, ...bounds.map(boundItem))]),
    element('dl', { class: 'cards' }, ...cards.map(card)),
    element('dl', { class: 'facts' }, ...facts.map(fact)),
    ...(replay === null
      ? []
      : [element('p', { class: 'replay' }, 'Replay: ', element('code', { text: replay }))]),
  );
}

function card({ name, value, unit, note }: PageCard): HTMLElement {
  const units = unit === '' ? [] : [' ', element('span', { class: 'unit', text: unit })];
  return element(
    'div',
    {},
    element('dt', { text: name }),
    element('dd', { class: 'value' }, value, ...units),
    ...(note === '' ? [] : [element('dd', { class: 'note', text: note })]),
  );
}

const fact = ([label, value]: [string, string]): HTMLElement =>
  element('div', {}, element('dt', { text: label }), ' ', element('dd', { text: value }));

function boundItem({ text, is_held }: PageData['bounds'][number]): HTMLElement {
  const mark = element('span', {
    class: is_held ? 'pass' : 'fail',
    text: is_held ? MARKS.pass : MARKS.fail,
  });
  return element('li', {}, mark, ` ${text}`);
}

/** What is said, and the lines it rests on. */
function proven(message: string, places: string[]): HTMLElement {
  return element(
    'p',
    { class: 'proven' },
    element('span', { text: message }),
    ...places.map((text) => element('code', { text })),
  );
}

export function observationsSection({ observations }: PageData): HTMLElement[] {
  if (observations.length === 0) return [];
  const items = observations.map(({ name, message, places, command }) =>
    element(
      'li',
      {},
      element(
        'div',
        { class: 'finding-head' },
        element('span', { class: 'code doubt', text: name }),
      ),
      proven(message, places),
      element('p', { class: 'muted' }, 'More: ', element('code', { text: command })),
    ),
  );
  return [
    section('observations', 'What stands out', element('ul', { class: 'findings' }, ...items)),
  ];
}

export function doubtsSection({ doubts }: PageData): HTMLElement[] {
  if (doubts.length === 0) return [];
  const items = doubts.map(({ code, message, place }) =>
    element(
      'li',
      {},
      element(
        'div',
        { class: 'finding-head' },
        element('span', { class: 'code doubt', text: code }),
      ),
      proven(message, place === '' ? [] : [place]),
    ),
  );
  return [
    section('doubts', `Doubts (${doubts.length})`, element('ul', { class: 'findings' }, ...items)),
  ];
}

/** How long sessions took to come back, and what connections ended with. */
export function distributions(data: PageData): HTMLElement[] {
  const { edges_ms = [], counts = [] } = data.chart_data?.recoveries ?? {};
  const failures = data.chart_data === null ? [] : failureCounts(data.chart_data.lanes);
  const range = (index: number) =>
    `${duration(edges_ms[index] ?? 0)} – ${duration(edges_ms[index + 1] ?? 0)}`;
  return [
    section(
      'recovery',
      'Recovery',
      distribution(
        `From a loss to the next welcome: ${data.recovery.join(' · ')}`,
        ['Took', 'Losses'],
        counts.map((count, index) => [range(index), count]),
        'No session is seen to come back from a loss. That takes a client log.',
      ),
    ),
    section(
      'closes',
      'Close codes',
      distribution(
        'What each side saw connections end with',
        ['Seen by', 'Code', 'Meaning', 'Closes'],
        data.close_codes.map(({ side, code, meaning, count }) => [side, code, meaning, count]),
        'No connection was closed.',
      ),
    ),
    ...(failures.length === 0
      ? []
      : [
          section(
            'failures',
            'Failed attempts',
            distribution(
              'What the attempts that are drawn failed with',
              ['Failed with', 'Attempts'],
              failures,
              '',
            ),
          ),
        ]),
  ];
}

/** Most frequent first. */
function failureCounts({ failures, failure }: Lanes): [string, number][] {
  const counts = new Map<string, number>();
  for (const index of failure) {
    const name = failures[index] ?? 'not known';
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].sort(([, one], [, other]) => other - one);
}

/** A table with a bar for each row's last cell, a number. */
function distribution(
  caption: string,
  head: string[],
  rows: [...Cell[], number][],
  otherwise: string,
): HTMLElement {
  if (rows.length === 0) return element('p', { class: 'muted', text: otherwise });
  const counts = rows.map((row) => row.at(-1) as number);
  const highest = Math.max(...counts);
  const drawn = rows.map((row, index) => [...row, countBar(counts[index] ?? 0, highest)]);
  return table(caption, [...head, 'Share'], drawn);
}

export function checksSection({ checks }: PageData): HTMLElement {
  const rows = checks.map((check) => [check.code, check.meaning, outcomeOf(check)]);
  return section(
    'checks',
    'Checks',
    table('What was looked for in the logs', ['Check', 'Looks for', 'Outcome'], rows),
  );
}

function outcomeOf({ findings, ran, lacking }: PageData['checks'][number]): string {
  const found = findings > 0 ? `✖ ${thousands(findings)} found` : '✔ none found';
  const outcome = ran ? found : '– could not run';
  return lacking === null ? outcome : `${outcome}. ${lacking}`;
}

export function logsSection({ logs }: PageData): HTMLElement {
  const rows = logs.map(({ file, lines, records, ignored, rejected }) => [
    file,
    lines,
    records,
    ignored,
    rejected,
  ]);
  return section(
    'logs',
    'Logs',
    table(
      'Each line is used, ignored or rejected',
      ['File', 'Lines', 'Used', 'Ignored', 'Rejected'],
      rows,
    ),
  );
}

/** As its file has it. */
export function scenarioSection({ scenario }: PageData): HTMLElement[] {
  if (scenario === null) return [];
  const text = element('pre', { tabindex: '0', 'aria-label': 'scenario.yaml', text: scenario });
  return [section('scenario', 'The scenario, as it ran', text)];
}
