/** Runs side by side: what each side is, and what one differs in from another. */

import type { Cause } from './causes.ts';
import type { Verdict } from './findings.ts';
import type { BoundOutcome, MetricName, Metrics } from './metrics.ts';
import type { ObservationName } from './observations.ts';

/** A value over several runs; of one run, all three are the same. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Of a scenario's settings, by their paths: `clients.backoff.policy`. */
export type Settings = Record<
  string,
  {
    /** As JSON, in the schema's unit. */
    value: string;
    /** As the scenario has it; null where it is left out. */
    written: string | null;
  }
>;

/** One side of a comparison: a run, or several of one scenario. */
export interface Series {
  /** As the user named it. */
  label: string;
  name: string;
  seed: number | null;
  plan_hash: string | null;
  /** The worst. */
  verdict: Verdict;
  runs: number;
  /** null: not measured, by any or by one of the runs. */
  metrics: Partial<Record<MetricName, Spread | null>>;
  /** null: there is no such log. */
  close_codes: Record<'client' | 'server', Record<string, Spread> | null>;
  /** In how many runs each was held. */
  bounds: (Pick<BoundOutcome, 'metric' | 'text'> & { held: number })[];
  /** In how many runs each was, as the first of these has it. */
  causes: { cause: Cause; runs: number }[];
  /** null: a baseline keeps none. */
  observations: { name: ObservationName; runs: number }[] | null;
  /** Of each run; none of a baseline. */
  attempts_over_time: Metrics['attempts_over_time'][];
  /** Of the scenario of the first; null where that is not at hand. */
  settings: Settings | null;
}

/** From the first series to another, by their medians. */
export interface ValueChange {
  difference: number;
  /** The difference by what it was; null where that was 0. */
  share: number | null;
  /** Whether it is more than chance, or a busy machine, makes of one and the same. */
  is_news: boolean;
  /** Whether less would have been better; of some metrics neither is. */
  is_worse: boolean;
}

/** One value of every series. */
export interface Compared {
  /** In the order of the series; null: not measured. */
  values: (Spread | null)[];
  /** Of all series but the first; null: not measured on one side or both. */
  changes: (ValueChange | null)[];
}

export interface ComparedMetric extends Compared {
  metric: MetricName;
}

export interface ComparedCloses extends Compared {
  log: 'client' | 'server';
  code: string;
}

/** In how many of its runs each series has something; null: it is not known. */
type RunsOf = (number | null)[];

/** What scenarios have otherwise, as they have it. */
export interface ComparedSetting {
  setting: string;
  /** `default` where it is left out; null where the scenario is not at hand. */
  values: (string | null)[];
}

export interface SeriesComparison {
  series: Series[];
  /** What the series were not the same in. */
  differs: ('name' | 'seed' | 'plan_hash')[];
  settings: ComparedSetting[];
  metrics: ComparedMetric[];
  close_codes: ComparedCloses[];
  bounds: { metric: MetricName; text: string; held: RunsOf }[];
  causes: { cause: Cause; runs: number[] }[];
  observations: { name: ObservationName; runs: RunsOf }[];
}

/** What a metric must not change by: `recovery_p95>+20%`. */
export interface Limit {
  metric: MetricName;
  /** As the user wrote it. */
  text: string;
  /** 1: it must not rise by more; -1: it must not fall by more. */
  sign: 1 | -1;
  by: 'share' | 'difference';
  /** A share, or in the metric's unit. */
  most: number;
}

export interface LimitOutcome {
  limit: Limit;
  /** Index of the series that was held against the first. */
  series: number;
  /** null: not measured on one side, so nobody knows. */
  held: boolean | null;
}

/** What runs come to beside their baseline. */
export interface BaselineOutcome {
  /** Metrics that are worse by more than noise. */
  worse: MetricName[];
  /** Those that are better by more, or differ and are neither. */
  other: MetricName[];
  /** In the baseline, and not measured now. */
  unmeasured: MetricName[];
  /** Measured now, and not in the baseline. */
  lacking: MetricName[];
}
