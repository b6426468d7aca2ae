import type { PageData, PageFinding } from '../page-data.ts';
import { type Cell, countBar, element, section, table } from './dom.ts';
import { duration, thousands } from './format.ts';

const MARKS = { pass: '✔', fail: '✖', unknown: '?' };

export function header(data: PageData): HTMLElement {
  const { verdict, title, headline, replay, facts, bounds } = data;
  const rows = facts.map(([label, value]) =>
    element(
      'div',
      { class: 'fact' },
      element('dt', { text: label }),
      element('dd', { text: value }),
    ),
  );
  const mark = element('span', {
    class: `verdict ${verdict}`,
    text: `${MARKS[verdict]} ${verdict}`,
  });
  return element(
    'header',
    {},
    element('h1', {}, mark, ' ', element('span', { text: title })),
    element('p', { class: 'headline', text: headline }),
    element('dl', { class: 'facts' }, ...rows),
    ...(bounds.length === 0 ? [] : [element('ul', { class: 'bounds' }, ...bounds.map(boundItem))]),
    ...(replay === null ? [] : [element('p', {}, 'Replay: ', element('code', { text: replay }))]),
  );
}

function boundItem({ text, is_held }: PageData['bounds'][number]): HTMLElement {
  const mark = element('span', {
    class: is_held ? 'pass' : 'fail',
    text: is_held ? MARKS.pass : MARKS.fail,
  });
  return element('li', {}, mark, ` ${text}`);
}

/** Findings that a person can read through; the others on request. */
const SHOWN_FINDINGS = 10;

export function findingsSection(data: PageData, showLane: (session: string) => void): HTMLElement {
  const list = element('ol', { class: 'findings' });
  const add = (findings: PageFinding[]) =>
    list.append(...findings.map((finding) => findingItem(finding, showLane)));
  add(data.findings.slice(0, SHOWN_FINDINGS));
  const rest = data.findings.slice(SHOWN_FINDINGS);
  const more = element('button', {
    type: 'button',
    class: 'more',
    text: `Show ${thousands(rest.length)} more`,
    onclick: () => {
      add(rest);
      more.remove();
    },
  });
  const beyond = element('p', {
    class: 'muted',
    text: `${thousands(data.more_findings)} more are in summary.json.`,
  });
  const total = data.findings.length + data.more_findings;
  return section(
    'findings',
    total === 0 ? 'Findings' : `Findings (${thousands(total)})`,
    ...(total === 0 ? [element('p', { text: 'There are none.' })] : [list]),
    ...(rest.length > 0 ? [more] : []),
    ...(data.more_findings > 0 ? [beyond] : []),
    ...expectations(data),
  );
}

function findingItem(finding: PageFinding, showLane: (session: string) => void): HTMLElement {
  const { code, subject, session_id, message, places, more_places, expected } = finding;
  return element(
    'li',
    expected ? { class: 'expected' } : {},
    element(
      'div',
      { class: 'finding-head' },
      element('span', { class: 'code', text: expected ? `${code} (expected)` : code }),
      session_id === null
        ? element('span', { text: subject })
        : element('button', {
            type: 'button',
            class: 'link',
            title: 'Show its lane',
            text: subject,
            onclick: () => showLane(session_id),
          }),
    ),
    proven(message, places, more_places),
  );
}

/** What is said, and the lines it rests on. */
function proven(message: string, places: string[], more = 0): HTMLElement {
  return element(
    'p',
    { class: 'proven' },
    element('span', { text: message }),
    ...places.map((text) => element('code', { text })),
    ...(more > 0 ? [`and ${thousands(more)} more`] : []),
  );
}

function expectations({ expectations }: PageData): HTMLElement[] {
  return expectations.map(({ code, occurred }) =>
    element('p', {
      text: occurred
        ? `✔ ${code} was expected, and found`
        : `✖ ${code} was expected, and not found`,
    }),
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
  ];
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
  return table(caption, [...head, ''], drawn);
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
