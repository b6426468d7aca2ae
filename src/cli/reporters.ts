import fs from 'node:fs';
import path from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { openSources, type Source } from '../logs/index.ts';
import type { RunResult } from '../model/result.ts';
import {
  REPORTERS,
  type RenderOptions,
  type Reported,
  type Reporter,
  type ReporterName,
  type ScenarioPlaces,
  stepSummary,
} from '../report/index.ts';
import { drawLogs } from '../simulate/draw.ts';
import { UsageError } from './exit.ts';
import { requireNotRead } from './out-file.ts';
import type { Shell } from './shell.ts';
import { writeFile } from './write-file.ts';

/** `--reporter NAME[=FILE]`, once. */
export interface ReporterChoice {
  name: ReporterName;
  /** null: where the reporter writes to by itself. */
  file: string | null;
}

export interface ReportOptions {
  reporter?: ReporterChoice[];
  /** Short for the json reporter. */
  json?: boolean;
  quiet?: boolean | undefined;
  /** Though it is quiet, results that do not pass are told of together in the end. */
  countsFailures?: boolean;
  verbose?: boolean;
}

const NAMES = Object.keys(REPORTERS) as ReporterName[];
const JSON_CHOICE: ReporterChoice = { name: 'json', file: null };
const PRETTY: ReporterChoice = { name: 'pretty', file: null };
/** Stands in FILE for the name of the scenario. */
const PLACEHOLDER = '{name}';

export function addReporterOption(command: Command): Command {
  const option = new Option(
    '--reporter <name[=file]>',
    'how to report; repeatable (default: pretty)',
  ).choices(NAMES);
  return command.addOption(option.argParser(choose)).option('--json', 'short for --reporter json');
}

function choose(text: string, earlier: ReporterChoice[] = []): ReporterChoice[] {
  const [name = '', ...rest] = text.split('=');
  if (!Object.hasOwn(REPORTERS, name)) {
    throw new InvalidArgumentError(`It must be one of ${NAMES.join(', ')}.`);
  }
  const file = rest.length === 0 ? null : rest.join('=');
  if (file === '') throw new InvalidArgumentError(`Name a file after "${name}=".`);
  return [...earlier, { name: name as ReporterName, file }];
}

/** What is known of a result beside it. */
interface Known {
  /** The logs it was judged by, where they are not those of its run directory. */
  sources?: readonly Source[] | undefined;
  scenario?: ScenarioPlaces | undefined;
}

/** Takes results as they come, and reports each as soon as its reporters can. */
export interface Reports {
  add(result: RunResult, known?: Known): Promise<void>;
  /** Once there are no more; also after a run that failed. */
  finish(): void;
}

/**
 * @param names of the results to come, as far as they are known
 * @param read files that are read, and never written over
 * @throws UsageError where the reporters and files that were chosen can't hold them
 */
export function createReports(
  options: ReportOptions,
  shell: Shell,
  names: readonly string[] = [],
  read: readonly string[] = [],
): Reports {
  const chosen = withDefault(chosenBy(options));
  check(chosen, names, read);
  const collected: Reported[] = [];
  const draws = chosen.some(({ name }) => reporter(name).draws);
  return {
    async add(result, { sources, scenario } = {}) {
      const drawn = draws
        ? await drawLogs(sources ?? (await sourcesOf(result)), result)
        : { chartData: null };
      const reported = { result, ...drawn, scenario };
      collected.push(reported);
      const isFirst = collected.length === 1;
      for (const choice of chosen) reportOne(choice, reported, isFirst, options, shell);
    },
    finish() {
      if (collected.length === 0) return;
      const isPassed = collected.every(({ result }) => result.verdict === 'pass');
      const quiet = options.quiet && (isPassed || options.countsFailures !== true);
      const all = { ...terminalOptions({ ...options, quiet }, shell), wanted: names.length };
      for (const choice of chosen) reportAll(choice, collected, all, shell);
    },
  };
}

/** @throws UsageError where a report of logs, which have no run directory, lacks its file */
export function requireFiles(options: ReportOptions): void {
  for (const choice of chosenBy(options)) if (!prints(choice)) fileOf(choice, null);
}

const chosenBy = ({ reporter = [], json }: ReportOptions): readonly ReporterChoice[] =>
  json ? [JSON_CHOICE, ...reporter] : reporter;

/** Whether what a person reads goes to stdout, and no document does. */
export const printsPretty = (options: ReportOptions): boolean =>
  withDefault(chosenBy(options)).some((choice) => choice.name === 'pretty' && prints(choice));

const reporter = (name: ReporterName): Reporter => REPORTERS[name];

const prints = ({ name, file }: ReporterChoice): boolean =>
  file === null && reporter(name).file === undefined;

/**
 * Someone may be watching: where no other reporter prints, the verdict is printed all the same. What
 * is printed comes first, because a file may fail.
 */
function withDefault(chosen: readonly ReporterChoice[]): readonly ReporterChoice[] {
  const printing = chosen.filter(prints);
  const writing = chosen.filter((choice) => !prints(choice));
  return [...(printing.length > 0 ? printing : [PRETTY]), ...writing];
}

function check(
  chosen: readonly ReporterChoice[],
  names: readonly string[],
  read: readonly string[],
): void {
  const printing = chosen.filter(prints);
  const alone = printing.find(({ name }) => reporter(name).kind !== 'text');
  if (alone && printing.length > 1) {
    const other = printing.find((choice) => choice !== alone)?.name;
    throw new UsageError(
      `${alone.name} and ${other} would both print; write one to a file, as in --reporter ${alone.name}=FILE`,
    );
  }
  const files = chosen.flatMap((choice) => filesOf(choice, names));
  for (const file of files) requireNotRead(file, read);
  const twice = files.find((file, index) => files.indexOf(file) < index);
  if (twice !== undefined) {
    throw new UsageError(`two reports would be written to ${twice}; give each a file of its own`);
  }
}

/** Files that the choice names. */
function filesOf({ name, file }: ReporterChoice, names: readonly string[]): string[] {
  if (file === null) return [];
  if (reporter(name).kind !== 'document' || names.length < 2)
    return [fileFor(file, names[0] ?? '')];
  if (new Set(names).size < names.length) {
    throw new UsageError(
      `${file} can't hold ${name} reports of several runs of one scenario; each run directory has its summary.json, and with --reporter html its page`,
    );
  }
  if (!file.includes(PLACEHOLDER)) {
    const { dir, name: stem, ext } = path.parse(file);
    const better = path.join(dir, `${stem}-${PLACEHOLDER}${ext}`);
    throw new UsageError(
      `${file} can hold one ${name} report, and there are ${names.length}; try --reporter ${name}=${better}`,
    );
  }
  return names.map((one) => fileFor(file, one));
}

/** Names of scenarios have no separators in them; those of plain logs may. */
const fileFor = (file: string, name: string): string =>
  path.normalize(file.replaceAll(PLACEHOLDER, name.replaceAll(/[/\\]/g, '-')));

/** What can be told of a result before the others are there. */
function reportOne(
  choice: ReporterChoice,
  reported: Reported,
  isFirst: boolean,
  options: ReportOptions,
  shell: Shell,
): void {
  const { kind, render } = reporter(choice.name);
  const { result } = reported;
  if (choice.name === 'github') appendStepSummary(result, shell);
  if (kind === 'collection') return;
  if (prints(choice)) {
    if (choice.name === 'pretty' && options.quiet && result.verdict === 'pass') return;
    const text = render([reported], terminalOptions(options, shell));
    shell.print(isFirst || choice.name !== 'pretty' ? text : `\n${text}`);
  } else if (kind === 'document') {
    const file = fileOf(choice, result);
    writeFile(file, render([reported], { command: shell.command }));
    if (choice.file === null && !options.quiet) shell.printError(`wrote ${file}`);
  }
}

const terminalOptions = ({ verbose, quiet }: ReportOptions, { palette, command }: Shell) => ({
  palette,
  command,
  verbose,
  quiet,
});

function reportAll(
  choice: ReporterChoice,
  collected: readonly Reported[],
  shown: RenderOptions,
  shell: Shell,
): void {
  const { kind, render, closing } = reporter(choice.name);
  if (choice.file !== null && kind !== 'document') {
    const whole = { ...shown, palette: undefined, verbose: true, quiet: false };
    const text = `${render(collected, whole)}${closing?.(collected, whole) ?? ''}`;
    writeFile(fileFor(choice.file, collected[0]?.result.name ?? ''), text);
  } else if (prints(choice)) {
    const text =
      kind === 'collection'
        ? render(collected, { command: shown.command })
        : closing?.(collected, shown);
    if (text) shell.print(text);
  }
}

function fileOf({ name, file }: ReporterChoice, run: RunResult | null): string {
  if (file !== null) return fileFor(file, run?.name ?? '');
  if (run?.run_dir) return path.join(run.run_dir, reporter(name).file ?? name);
  throw new UsageError(
    `there is no run directory to write the ${name} report to; name a file, as in --reporter ${name}=${reporter(name).file}`,
  );
}

const sourcesOf = ({ run_dir, evidence }: RunResult): Promise<Source[]> =>
  openSources(run_dir === null ? evidence.map(({ file }) => file) : [run_dir]);

/** GitHub shows that file on the page of the workflow's run. */
function appendStepSummary(result: RunResult, shell: Shell): void {
  const file = shell.env.GITHUB_STEP_SUMMARY;
  if (!file) return;
  try {
    fs.appendFileSync(file, stepSummary(result));
  } catch (error) {
    shell.printError(`wsdiag: can't write the step summary: ${(error as Error).message}`);
  }
}
