import type { Outcome } from './outcome.ts';
import type { StoryRow } from './story.ts';

/** What came of each row, by the row's name, for one player. */
export interface Column {
  player: string;
  outcomes: Map<string, Outcome>;
}

const HEAD = `# What each side sees

What a page and the server see when things happen to a connection, played in real browsers and by wsdiag's own
client, through a proxy that can cut the line in each way. The test that plays it writes this file:
\`npm run test:browser -- fidelity -u\`. First measured with Chromium 156 and Firefox ESR 153, headless, on Debian 12.

In each cell **P** is what the page sees after the row begins, **S** how the server's log says that connections ended, and
\`#3\` the last connection sequence that the server has seen; sessions are \`A\`, \`B\`, … where there are several. \`–\` is
nothing, and *same* is the same as Chromium. The names of navigations (\`navigate\`, \`reload\`, \`back_forward\`) are those of
\`PerformanceNavigationTiming.type\`. The server pings every 2 s, and gives up after 4 s. Numbers that are not the same
each time are given as ranges.
`;

/** `docs/fidelity.md`. A row that was not played stays as it is in `before`. */
export function renderTable(rows: StoryRow[], columns: Column[], before: string): string {
  const names = columns.map(({ player }) => player);
  const lines = [
    lineOf(['what happens', ...names, 'alike', 'why']),
    lineOf(Array.from({ length: names.length + 3 }, () => '---')),
    ...rows.flatMap((row) =>
      isPlayed(row, columns) ? lineOf(cellsOf(row, columns)) : lineBefore(row, before),
    ),
  ];
  return `${HEAD}\n${lines.map((line) => `${line}\n`).join('')}`;
}

const lineOf = (cells: string[]): string => `| ${cells.join(' | ')} |`;

const lineBefore = ({ name }: StoryRow, before: string): string[] =>
  before.split('\n').filter((line) => line.startsWith(`| ${name} |`));

const isPlayed = ({ name }: StoryRow, columns: Column[]): boolean =>
  columns.every(({ outcomes }) => outcomes.has(name));

function cellsOf(row: StoryRow, columns: Column[]): string[] {
  const outcomes = columns.map(({ outcomes }) => outcomes.get(row.name));
  const texts = outcomes.map((outcome) => textOf(outcome));
  return [
    row.name,
    ...texts.map((text, at) => (at > 0 && text === texts[0] ? 'same' : text)),
    alike(outcomes, columns),
    row.why,
  ];
}

function textOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return '';
  if ('cannot' in outcome) return `not played: ${outcome.cannot}`;
  if ('failed' in outcome) return `failed: ${outcome.failed}`;
  return `P ${outcome.page}; S ${outcome.server}; ${outcome.end}`;
}

/** Who sees the same. */
export function alike(outcomes: (Outcome | undefined)[], columns: Column[]): string {
  const groups = new Map<string, string[]>();
  outcomes.forEach((outcome, at) => {
    if (outcome === undefined || !('page' in outcome)) return;
    const text = textOf(outcome);
    groups.set(text, [...(groups.get(text) ?? []), columns[at]?.player ?? '']);
  });
  const played = [...groups.values()];
  if (played.length === 1 && played[0]?.length === columns.length) return 'all';
  const agreeing = played.filter((group) => group.length > 1);
  return agreeing.map((group) => group.join(', ')).join('; ') || 'none';
}
