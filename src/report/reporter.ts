import type { ChartData } from '../model/chart-data.ts';
import type { AboutRun, Quotes } from '../model/quotes.ts';
import type { RunResult } from '../model/result.ts';
import type { Palette } from './palette.ts';

/** A scenario's own file, not its copy in a run directory. */
export interface ScenarioPlaces {
  file: string;
  /** By key, its line, from 1: `timeline`, `expect.recovery_p95`. */
  lines: Readonly<Record<string, number>>;
}

export interface Reported {
  result: RunResult;
  /** What is drawn of its logs; null where nothing is. */
  chartData: ChartData | null;
  /** Lines of findings, and what is known of the run, where the logs were read again. */
  quotes?: Quotes;
  about?: AboutRun;
  /** Where it is known. */
  scenario?: ScenarioPlaces | undefined;
}

export interface RenderOptions {
  palette?: Palette;
  /** All there is, not the first few alone. */
  verbose?: boolean;
  /** The verdict alone, with what is against it. */
  quiet?: boolean;
  /** How wsdiag is called here, for commands that are shown. */
  command?: string;
  /** How many results were to come, where not all did. */
  wanted?: number;
}

/** Results become a string; where it goes is not its concern. */
export interface Reporter {
  /**
   * What becomes of several results: `text` goes on with the next, and shares a terminal with others;
   * a `collection` is one document of all; a `document` is one a result.
   */
  kind: 'text' | 'collection' | 'document';
  /** File of the run directory that it is written to where no other is named; else it is printed. */
  file?: string;
  /** Whether it shows charts, which costs a pass over the logs. */
  draws?: boolean;
  render(reported: readonly Reported[], options?: RenderOptions): string;
  /** Of text: what comes after several results, of which each was rendered by itself. */
  closing?(reported: readonly Reported[], options?: RenderOptions): string;
}
