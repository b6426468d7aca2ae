import fs from 'node:fs';
import {
  type Baseline,
  baselineText,
  entryOf,
  judgeByBaseline,
  seriesOfEntry,
} from '../compare/baseline.ts';
import { compareSeries } from '../compare/index.ts';
import type { BaselineOutcome, Series } from '../model/comparison.ts';
import { reportBaseline } from '../report/baseline.ts';
import { inEnvironment } from '../simulate/errors.ts';
import { baselineIn } from '../simulate/read-baseline.ts';
import { EXIT, UsageError } from './exit.ts';
import type { Shell } from './shell.ts';
import { writeFile } from './write-file.ts';

/** What came of holding runs against their baseline. */
export interface Held {
  code: number;
  text: string;
}

/** A file of baselines, which several scenarios are held against one after the other. */
export class BaselineFile {
  readonly #file: string;
  readonly #updates: boolean;
  readonly #shell: Shell;
  readonly #known: Baseline;

  /**
   * @param names of the scenarios to come
   * @throws UsageError where the file has mistakes, or has nothing of them and may not be written
   */
  constructor(file: string, updates: boolean, names: readonly string[], shell: Shell) {
    this.#file = file;
    this.#updates = updates;
    this.#shell = shell;
    this.#known = read(file);
    const unknown = names.find((name) => !this.#known.has(name));
    if (unknown === undefined || updates || !isCi(shell)) return;
    throw new UsageError(
      `${file} has no baseline of ${unknown}, and with CI set none is written; commit one, or add -u`,
    );
  }

  /** Holds runs against what is known of their scenario, or writes down what they came to. */
  hold(series: Series): Held {
    const { name, verdict } = series;
    const known = this.#known.get(name);
    if (known && !this.#updates)
      return this.#compare(series, seriesOfEntry(this.#file, name, known));
    if (verdict !== 'pass') {
      return told(`Nothing is written of ${name} to ${this.#file}: its verdict is ${verdict}.`);
    }
    this.#known.set(name, entryOf(series));
    writeFile(this.#file, baselineText(this.#known));
    const written = `${known ? 'Renewed' : 'Wrote'} the baseline of ${name} in ${this.#file}.`;
    return told(series.runs > 1 ? written : `${written} ${OF_ONE_RUN}`);
  }

  #compare(series: Series, known: Series): Held {
    const comparison = compareSeries([known, series]);
    const outcome = judgeByBaseline(comparison);
    const text = reportBaseline(comparison, outcome, this.#shell.palette);
    return { code: codeOf(outcome), text };
  }
}

const OF_ONE_RUN =
  'It is of one run, which knows no spread: what counts as noise is a guess. Write it anew of several (simulate --repeat 5, with -u).';

const told = (text: string): Held => ({ code: EXIT.pass, text });

function codeOf({ worse, unmeasured }: BaselineOutcome): number {
  if (worse.length > 0) return EXIT.fail;
  return unmeasured.length > 0 ? EXIT.unknown : EXIT.pass;
}

function read(file: string): Baseline {
  if (!fs.existsSync(file)) return new Map();
  const text = inEnvironment(`can't read ${file}`, () => fs.readFileSync(file, 'utf8'));
  return baselineIn(text, file);
}

const isCi = ({ env }: Shell): boolean => Boolean(env.CI) && env.CI !== 'false';
