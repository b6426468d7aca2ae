import type { PageCause, PageData, PageFinding, PageLine } from '../page-data.ts';
import { details, element, section } from './dom.ts';
import { counted, thousands } from './format.ts';
import { MARKS } from './sections.ts';

/** Findings that a person can read through; the others on request. */
const SHOWN_FINDINGS = 10;

type ShowLane = (session: string) => void;

/** By their causes first, then each. */
export function findingsSection(data: PageData, showLane: ShowLane): HTMLElement {
  const { causes, findings, total_findings: total } = data;
  const item = (finding: PageFinding) => findingItem(finding, data.lines, showLane);
  const others = findings.filter(({ in_cause }) => !in_cause);
  const isToldInFull = causes.every(({ more }) => more === 0);
  return section(
    'findings',
    total === 0 ? 'Findings' : `Findings (${thousands(total)})`,
    ...(total === 0 ? [element('p', { text: 'There are none.' })] : []),
    ...causes.map((cause) => causeItem(cause, item)),
    ...note(data.more_causes, 'cause', 'below, by their findings'),
    ...(others.length === 0 ? [] : [findingList(others, item)]),
    ...(isToldInFull
      ? []
      : [
          details(`Each of ${counted(findings.length, 'finding')}`, () =>
            findingList(findings, item),
          ),
        ]),
    ...note(data.more_findings, 'finding', 'in summary.json'),
    ...expectations(data),
  );
}

function note(count: number, what: string, where: string): HTMLElement[] {
  const text = `${counted(count, `more ${what}`)}: ${where}.`;
  return count === 0 ? [] : [element('p', { class: 'muted', text })];
}

function causeItem(
  { message, rule, codes, examples, more }: PageCause,
  item: (finding: PageFinding) => HTMLElement,
): HTMLElement {
  return element(
    'article',
    { class: 'cause' },
    element('h3', { text: message }),
    element('p', { class: 'muted', text: rule }),
    element('ol', { class: 'findings' }, ...examples.map(item)),
    ...(more === 0
      ? []
      : [
          element('p', {
            class: 'muted',
            text: `And ${thousands(more)} more: ${codes.join(', ')}.`,
          }),
        ]),
  );
}

function findingList(
  findings: PageFinding[],
  item: (finding: PageFinding) => HTMLElement,
): HTMLElement {
  const list = element('ol', { class: 'findings' }, ...findings.slice(0, SHOWN_FINDINGS).map(item));
  const rest = findings.slice(SHOWN_FINDINGS);
  const more = element('button', {
    type: 'button',
    class: 'button more',
    text: `Show ${thousands(rest.length)} more`,
    onclick: () => {
      list.append(...rest.map(item));
      more.remove();
    },
  });
  return element('div', {}, list, ...(rest.length > 0 ? [more] : []));
}

function findingItem(
  { code, subject, session_id, message, expected, ...rest }: PageFinding,
  lines: PageLine[],
  showLane: ShowLane,
): HTMLElement {
  const { more_lines: more } = rest;
  const of =
    session_id === null
      ? element('span', { text: subject })
      : element('button', {
          type: 'button',
          class: 'link',
          title: 'Show its lane',
          text: subject,
          onclick: () => showLane(session_id),
        });
  return element(
    'li',
    expected ? { class: 'expected' } : {},
    element(
      'div',
      { class: 'finding-head' },
      element('span', { class: 'code', text: expected ? `${code} (expected)` : code }),
      of,
    ),
    element('p', { text: message }),
    ...lineList(rest.lines, lines),
    ...(more === 0
      ? []
      : [element('p', { class: 'muted', text: `And ${counted(more, 'line')} more.` })]),
    ...rest.beside.flatMap((one) => [
      element('p', { class: 'beside', text: one.heading }),
      ...lineList(one.lines, lines),
    ]),
  );
}

/** Each with its place, and the line itself where it is quoted. */
function lineList(indexes: number[], lines: PageLine[]): HTMLElement[] {
  if (indexes.length === 0) return [];
  const items = indexes.map((index) => {
    const { place, text } = lines[index] as PageLine;
    const where = text?.endsWith('…') ? `${place} (cut: the log has all of it)` : place;
    const quoted = text === null ? [] : [element('code', { text })];
    return element('li', {}, element('span', { class: 'place', text: where }), ...quoted);
  });
  return [element('ul', { class: 'lines' }, ...items)];
}

function expectations({ expectations }: PageData): HTMLElement[] {
  return expectations.map(({ code, occurred }) =>
    element('p', {
      text: occurred
        ? `${MARKS.pass} ${code} was expected, and found`
        : `${MARKS.fail} ${code} was expected, and not found`,
    }),
  );
}
