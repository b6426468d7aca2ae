import { createHash } from 'node:crypto';
import type { LimitOutcome, Series, SeriesComparison } from '../model/comparison.ts';
import {
  about,
  happened,
  headlines,
  letterOf,
  limitText,
  notes,
  settingLines,
  tableOf,
} from './comparison.ts';
import { MARKS } from './ending.ts';
import { markup } from './markup.ts';
import { pageShell } from './page-shell.ts';
import { STYLE } from './page-style.ts';
import { PLAIN } from './palette.ts';
import { stormCurves } from './storm-curves.ts';

/** Colours of the style sheet, and a pattern for each time round: more than a few series need both. */
const COLOURS = ['connected', 'attempts', 'welcomes', 'fault', 'unknown', 'dial'];
const DASHES = ['', '8 4', '3 3', '10 3 2 3', '1 4'];

function curveStyle(index: number): string {
  const colour = COLOURS[index % COLOURS.length];
  const dash = DASHES[Math.floor(index / COLOURS.length) % DASHES.length];
  return `.series-${index} { stroke: var(--${colour}); color: var(--${colour}); stroke-dasharray: ${dash || 'none'}; }`;
}

const OWN_STYLE = `
.wide { overflow-x: auto; }
svg { width: 100%; min-width: 720px; background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
svg text { fill: var(--muted); font: 11px system-ui, sans-serif; }
.curve { fill: none; stroke-width: 1.8; }
.grid { stroke: var(--grid); }
td, th + th { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
`;

/** One page without a script, which asks for nothing from anywhere. */
export function comparisonPage(
  comparison: SeriesComparison,
  outcomes: readonly LimitOutcome[],
): string {
  const { series } = comparison;
  const style = STYLE + OWN_STYLE + series.map((_, index) => curveStyle(index)).join('\n');
  const hash = createHash('sha256').update(style).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const body = `<main>
<h1>${markup([...new Set(series.map(({ name }) => name))].join(', '))}</h1>
${[...headlines(comparison), ...notes(comparison), ...settingLines(comparison)].map((text) => `<p class="headline">${markup(text)}</p>`).join('\n')}
${list(outcomes.map((outcome) => markup(limitText(outcome, comparison, PLAIN))))}
<h2>The runs</h2>
${list(series.map(legend))}
${section('Attempts a second since the first', stormCurves(series))}
${section('Changed', list(happened(comparison).map(markup)))}
${section('Metrics', table(comparison))}
</main>`;
  return pageShell({ title: 'wsdiag comparison', policy, style, body });
}

function legend(one: Series, index: number): string {
  const { mark } = MARKS[one.verdict];
  const verdict = `<span class="${one.verdict}">${mark} ${one.verdict}</span>`;
  return `<b class="series-${index}">${letterOf(index)} ━</b> <code>${markup(one.label)}</code> ${verdict} ${markup(about(one))}`;
}

const section = (title: string, content: string): string =>
  content === '' ? '' : `<h2>${title}</h2>\n${content}`;

const list = (items: readonly string[]): string =>
  items.length === 0
    ? ''
    : `<ul class="bounds">\n${items.map((item) => `<li>${item}</li>`).join('\n')}\n</ul>`;

function table(comparison: SeriesComparison): string {
  const [head = [], ...rows] = tableOf(comparison);
  const row = (cells: string[]) =>
    `<tr><th scope="row">${markup(cells[0] ?? '')}</th>${cells
      .slice(1)
      .map((cell) => `<td>${markup(cell)}</td>`)
      .join('')}</tr>`;
  return [
    '<div class="wide" role="region" aria-label="Metrics" tabindex="0"><table>',
    `<thead><tr>${head.map((name) => `<th scope="col">${markup(name)}</th>`).join('')}</tr></thead>`,
    `<tbody>${rows.map(row).join('\n')}</tbody>`,
    '</table></div>',
  ].join('\n');
}
