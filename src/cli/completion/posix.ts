import { quoted } from '../../report/index.ts';
import type { Completable, Values } from './completable.ts';

/** How one shell of the two says what bash and zsh decide alike. */
interface Dialect {
  words(words: readonly string[]): string;
  files: string;
}

const BASH: Dialect = {
  words: (words) => `words=${quoted(words.join(' '))}`,
  files: 'files=1',
};

const ZSH: Dialect = {
  words: (words) => `compadd -- ${words.map(quoted).join(' ')}`,
  files: '_files',
};

const PROGRAM = 'wsdiag';

export function bashCompletion(commands: readonly Completable[]): string {
  return `# bash completion for ${PROGRAM}
_${PROGRAM}() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} command= words= files= i
  # --option=value comes as three words.
  if [[ $word == '=' ]]; then word=; elif [[ $previous == '=' ]]; then previous=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${namesOf(commands)}) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case "$command $previous" in
${valueCases(commands, BASH)}
    *)
      case "$command $word" in
${optionCases(commands, BASH)}
        *)
          case $command in
${argumentCases(commands, BASH)}
            *) ${BASH.words(commands.map(({ name }) => name))} ;;
          esac ;;
      esac ;;
  esac
  # Line by line: an array of $(…) would expand what is a pattern in a file's name, and bash 3 has no mapfile.
  COMPREPLY=()
  if [[ $files ]]; then
    compopt -o filenames 2>/dev/null
    while IFS= read -r i; do COMPREPLY+=("$i"); done < <(compgen -f -- "$word")
  else
    while IFS= read -r i; do COMPREPLY+=("$i"); done < <(IFS=' '; compgen -W "$words" -- "$word")
  fi
}
complete -F _${PROGRAM} ${PROGRAM}
`;
}

export function zshCompletion(commands: readonly Completable[]): string {
  const described = commands.map(({ name, summary }) => quoted(`${name}:${summary}`));
  return `#compdef ${PROGRAM}
_${PROGRAM}() {
  local command= each previous=\${words[CURRENT-1]}
  local -a commands
  for each in \${words[2,CURRENT-1]}; do
    case $each in
      ${namesOf(commands)}) command=$each; break ;;
    esac
  done
  case "$command $previous" in
${valueCases(commands, ZSH)}
    *)
      case "$command $PREFIX" in
${optionCases(commands, ZSH)}
        *)
          case $command in
${argumentCases(commands, ZSH)}
            *)
              commands=(${described.join(' ')})
              _describe command commands ;;
          esac ;;
      esac ;;
  esac
}
if [[ $funcstack[1] == _${PROGRAM} ]]; then _${PROGRAM} "$@"; else compdef _${PROGRAM} ${PROGRAM}; fi
`;
}

const namesOf = (commands: readonly Completable[]): string =>
  commands.map(({ name }) => name).join('|');

/** Behind an option that takes a value. */
function valueCases(commands: readonly Completable[], dialect: Dialect): string {
  return commands
    .flatMap(({ name, options }) =>
      options.flatMap(({ flags, takes }) =>
        takes === null
          ? []
          : [
              `    ${flags.map((flag) => `'${name} ${flag}'`).join('|')}) ${said(takes, dialect)} ;;`,
            ],
      ),
    )
    .join('\n');
}

/** Where an option is begun. */
function optionCases(commands: readonly Completable[], { words }: Dialect): string {
  const cases = commands.map(
    ({ name, options }) =>
      `        '${name} -'*) ${words(options.flatMap(({ flags }) => flags))} ;;`,
  );
  return [...cases, `        ' -'*) ${words(['--help', '--version'])} ;;`].join('\n');
}

const argumentCases = (commands: readonly Completable[], dialect: Dialect): string =>
  commands.map(({ name, takes }) => `            ${name}) ${said(takes, dialect)} ;;`).join('\n');

function said(values: Values, { words, files }: Dialect): string {
  if (values === 'files') return files;
  return values === 'unknown' ? ':' : words(values);
}
