import type { Completable, CompletableOption, Values } from './completable.ts';

const COMPLETE = 'complete -c wsdiag';

export function fishCompletion(commands: readonly Completable[]): string {
  return [
    '# fish completion for wsdiag',
    `${COMPLETE} -f`,
    `${COMPLETE} -n __fish_use_subcommand -l help -d ${quoted('display help')}`,
    `${COMPLETE} -n __fish_use_subcommand -l version -d ${quoted('output the version number')}`,
    ...commands.flatMap(linesOf),
    '',
  ].join('\n');
}

function linesOf({ name, summary, options, takes }: Completable): string[] {
  const within = `${COMPLETE} -n ${quoted(`__fish_seen_subcommand_from ${name}`)}`;
  return [
    `${COMPLETE} -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...(takes === 'unknown' ? [] : [`${within} ${said(takes)}`]),
    ...options.map((option) => `${within} ${optionText(option)}`),
  ];
}

function optionText({ flags, description, takes }: CompletableOption): string {
  const names = flags.map((flag) =>
    flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
  );
  return [...names, ...valueText(takes), `-d ${quoted(description)}`].join(' ');
}

function valueText(takes: Values | null): string[] {
  if (takes === null) return [];
  if (takes === 'files') return ['-r', said(takes)];
  // Without files.
  return takes === 'unknown' ? ['-x'] : ['-x', said(takes)];
}

const said = (values: Exclude<Values, 'unknown'>): string =>
  values === 'files' ? '-F' : `-a ${quoted(values.join(' '))}`;

/** As fish takes it, where a backslash escapes within quotes, too. */
const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
