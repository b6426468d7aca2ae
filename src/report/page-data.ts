import type { ChartData } from '../model/chart-data.ts';
import type { Verdict } from '../model/findings.ts';

/** What the page is handed: sentences and numbers, made by the reporter. Text is sanitized. */
export interface PageData {
  title: string;
  verdict: Verdict;
  /** What the verdict rests on, in a sentence. */
  headline: string;
  /** The scenario's. */
  description: string | null;
  replay: string | null;
  /** What was measured. */
  cards: PageCard[];
  /** When, where and with what it was: a label, and what stands beside it. */
  facts: [label: string, value: string][];
  bounds: { text: string; is_held: boolean }[];
  causes: PageCause[];
  more_causes: number;
  findings: PageFinding[];
  /** Findings beyond those. */
  more_findings: number;
  total_findings: number;
  /** Of logs, each once. */
  lines: PageLine[];
  /** What stands out. */
  observations: { name: string; message: string; places: string[]; command: string }[];
  doubts: { code: string; message: string; place: string }[];
  expectations: { code: string; occurred: boolean }[];
  checks: PageCheck[];
  logs: { file: string; lines: number; records: number; ignored: number; rejected: number }[];
  close_codes: { side: string; code: string; meaning: string; count: number }[];
  /** Beside the distribution: `p50 93 ms`. */
  recovery: string[];
  /** As it ran; null where it is not known. */
  scenario: string | null;
  chart_data: ChartData | null;
  /** of the close codes in the chart data. */
  meanings: Record<string, string>;
  /** Findings of each lane's session. */
  lane_findings: number[];
}

export interface PageFinding {
  code: string;
  subject: string;
  session_id: string | null;
  message: string;
  /** It is one of those that a cause tells of. */
  in_cause: boolean;
  /** That it rests on: indexes into `lines`. */
  lines: number[];
  more_lines: number;
  /** What each log has beside those of the finding's number. */
  beside: { heading: string; lines: number[] }[];
  expected: boolean;
}

export interface PageCause {
  message: string;
  rule: string;
  codes: string[];
  examples: PageFinding[];
  /** Findings beside the examples. */
  more: number;
}

export interface PageLine {
  place: string;
  /** null where it is not quoted. */
  text: string | null;
}

/** `205`, and under it what is to be known of it. */
export interface PageCard {
  name: string;
  value: string;
  unit: string;
  note: string;
}

export interface PageCheck {
  code: string;
  meaning: string;
  findings: number;
  ran: boolean;
  /** Why it could not run, or not on all there is; null where it did, or where that is not known. */
  lacking: string | null;
}
