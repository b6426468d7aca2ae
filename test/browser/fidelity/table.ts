import type { Outcome, Played } from './outcome.ts';
import type { StoryRow } from './story.ts';

/** What came of each row, by the row's name, for one player. */
export interface Column {
  player: string;
  outcomes: Map<string, Outcome>;
}

/** A browser, and the headless client as that browser. */
export interface Pair {
  browser: Column;
  headless: Column;
}

const HEAD = `# What each side sees

What a page and the server see when things happen to a connection, played in real browsers by a page of \`wsdiag/client\`,
and by wsdiag's headless client as each of them, through a proxy that can cut the line in each way or, as root on Linux,
over a link that can go down. Measured with Chromium 156 and Firefox ESR 153, headless, on Debian 12.

In each cell **P** is what the browser tells the page after the row begins, **L** what the client's log has, **S** how the
server's log says that connections ended, and \`#3\` the last connection sequence that the server has seen; sessions are \`A\`,
\`B\`, … where there are several. \`–\` is nothing. A page *goes*, and the next one comes: \`navigate\`, \`reload\`,
\`back_forward\` are those of \`PerformanceNavigationTiming.type\`. *same* is the same as Chromium, and *alike* that the headless
client's log, the server's and all numbers are those of its browser: event by event, or for outages within 20 %, as means
over 12 tabs. The server pings every 2 s, and gives up after 4 s. Numbers that are not the same each time are given as
ranges; \`check\` is what \`wsdiag check\` says of both logs.

The test that plays it, \`test/browser/fidelity/\`, writes this file: \`npm run test:browser -- fidelity -u\`. A row is a happening
(\`story.ts\`), a player a browser with a driver (\`drivers/\`) or \`src/real\`'s client. \`WSDIAG_ROWS='FIN|RST'\` and
\`WSDIAG_PLAYERS=Firefox\` play a part of it and print that. Where a browser is missing, nothing is played.
`;

/** `docs/fidelity.md`. A row that was not played stays as it is in `before`. */
export function renderTable(rows: StoryRow[], pairs: Pair[], before: string): string {
  const names = pairs.flatMap(({ browser, headless }) => [browser.player, headless.player]);
  const lines = [
    lineOf(['what happens', ...names, 'why']),
    lineOf(Array.from({ length: names.length + 2 }, () => '---')),
    ...rows.flatMap((row) =>
      isPlayed(row, pairs) ? lineOf(cellsOf(row, pairs)) : lineBefore(row, before),
    ),
  ];
  return `${HEAD}\n${lines.map((line) => `${line}\n`).join('')}`;
}

const lineOf = (cells: string[]): string => `| ${cells.join(' | ')} |`;

const lineBefore = ({ name }: StoryRow, before: string): string[] =>
  before.split('\n').filter((line) => line.startsWith(`| ${name} |`));

const isPlayed = ({ name }: StoryRow, pairs: Pair[]): boolean =>
  pairs.every(({ browser, headless }) => browser.outcomes.has(name) && headless.outcomes.has(name));

function cellsOf(row: StoryRow, pairs: Pair[]): string[] {
  const first = textOf(pairs[0]?.browser.outcomes.get(row.name));
  const cells = pairs.flatMap(({ browser, headless }, at) => {
    const seen = browser.outcomes.get(row.name);
    const text = textOf(seen);
    const played = headless.outcomes.get(row.name);
    return [
      at > 0 && text === first ? 'same' : text,
      isAlike(seen, played) ? 'alike' : textOf(played),
    ];
  });
  return [row.name, ...cells, row.why ?? ''];
}

function textOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return '';
  if ('cannot' in outcome) return `not played: ${outcome.cannot}`;
  if ('failed' in outcome) return `failed: ${outcome.failed}`;
  return `${outcome.page && `P ${outcome.page}; `}${loggedOf(outcome)}`;
}

const loggedOf = ({ client, server, end }: Played): string => `L ${client}; S ${server}; ${end}`;

/** Whether both logs and all numbers are the same. */
export const isAlike = (a: Outcome | undefined, b: Outcome | undefined): boolean =>
  a !== undefined &&
  'server' in a &&
  b !== undefined &&
  'server' in b &&
  loggedOf(a) === loggedOf(b);
