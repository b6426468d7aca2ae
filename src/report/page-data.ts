import type { ChartData } from '../model/chart-data.ts';
import type { Verdict } from '../model/findings.ts';

/** What the page is handed: sentences and numbers, made by the reporter. Text is sanitized. */
export interface PageData {
  title: string;
  verdict: Verdict;
  /** What the verdict rests on, in a sentence. */
  headline: string;
  replay: string | null;
  /** A label, and what stands beside it. */
  facts: [label: string, value: string][];
  bounds: { text: string; is_held: boolean }[];
  findings: PageFinding[];
  /** Findings beyond those. */
  more_findings: number;
  /** What stands out. */
  observations: { name: string; message: string; places: string[]; command: string }[];
  doubts: { code: string; message: string; place: string }[];
  expectations: { code: string; occurred: boolean }[];
  checks: PageCheck[];
  logs: { file: string; lines: number; records: number; ignored: number; rejected: number }[];
  close_codes: { side: string; code: string; meaning: string; count: number }[];
  /** Beside the distribution: `p50 93 ms`. */
  recovery: string[];
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
  places: string[];
  more_places: number;
  expected: boolean;
}

export interface PageCheck {
  code: string;
  meaning: string;
  findings: number;
  ran: boolean;
  /** Why it could not run, or not on all there is; null where it did, or where that is not known. */
  lacking: string | null;
}
