import type { LineKind } from '../../model/explanation.ts';
import type { Sample } from './samples.ts';
import type { Guess } from './words.ts';

/** Lines of a description, in YAML. */

/** What the two ids are, which are easily taken for each other. */
export const meanings = (hasConnection: boolean): Record<string, string> => ({
  client_id: 'the id of one connection, new on each reconnect',
  session_id: ['who comes back, the same on each reconnect', ...(hasConnection ? [ONCE] : [])].join(
    '; ',
  ),
});

const ONCE = 'one line of each connection that has both is enough';

export const ONE_SESSION = [
  '# no line seems to name a session: say where one stands, as fields: { session_id: … },',
  '# or, where all lines are of one client:',
  'one_session: true',
];

export function eventLines(guesses: readonly Guess[]): string[] {
  const names = ['connection_opened', 'connection_closed'];
  return [
    'events:',
    ...names.map((name) => {
      const words = new Set(guesses.flatMap(({ event, word }) => (event === name ? [word] : [])));
      return words.size > 0 ? `  ${name}: [${[...words].map(yaml).join(', ')}]` : `  # ${name}: …`;
    }),
  ];
}

/** What looks like connections, and that the description says nothing of. */
export function unassignedLines(
  samples: readonly Sample[],
  assigned: readonly { kind: LineKind }[],
  labelOf: (sample: Sample) => string,
): string[] {
  const known = new Set(assigned.map(({ kind }) => kind));
  const counts = new Map<string, number>();
  for (const sample of samples) {
    if (!sample.kind.isSuspected || known.has(sample.kind)) continue;
    const label = printable(labelOf(sample)).slice(0, MAX_LABEL);
    counts.set(label, (counts.get(label) ?? 0) + sample.kind.lines);
  }
  const rest = [...counts.values()].slice(MAX_UNASSIGNED).reduce((sum, count) => sum + count, 0);
  return [
    ...[...counts]
      .slice(0, MAX_UNASSIGNED)
      .map(([label, count]) => `# ${areNot(count, ` "${label}"`)}`),
    ...(rest > 0 ? [`# ${areNot(rest, ' of other kinds')}`] : []),
  ];
}

const areNot = (count: number, which: string): string =>
  count === 1 ? `1 line${which} is not assigned` : `${count} lines${which} are not assigned`;

const MAX_LABEL = 80;
const MAX_UNASSIGNED = 12;

const PLAIN = /^[A-Za-z_][\w.-]*$/;
const RESERVED = /^(?:y|n|yes|no|on|off|true|false|null)$/i;

/** A value as YAML has it; nothing in it can end the quotes, or the line. */
export const yaml = (text: string): string =>
  PLAIN.test(text) && !RESERVED.test(text) ? text : `'${printable(text).replaceAll("'", "''")}'`;

const printable = (text: string): string => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '');

export const lines = (all: readonly string[]): string => `${all.join('\n')}\n`;
