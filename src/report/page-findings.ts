import type { LogName } from '../core/records.ts';
import type { Evidence, Finding } from '../model/findings.ts';
import type { FindingQuotes } from '../model/quotes.ts';
import { causeMessage, causeRule } from './causes.ts';
import { findingMessage, findingSubject } from './messages.ts';
import type { PageData, PageFinding, PageLine } from './page-data.ts';
import { placeOf } from './place.ts';
import type { Reported } from './reporter.ts';
import { sanitize } from './sanitize.ts';

const MAX_CAUSES = 50;
const MAX_FINDINGS = 2000;
const MAX_PLACES = 12;
/** Of all lines together, characters: a page is opened, mailed and kept. */
const MAX_TEXT = 1_000_000;

type OfFindings = Pick<
  PageData,
  'lines' | 'causes' | 'more_causes' | 'findings' | 'more_findings' | 'total_findings'
>;

/** The findings by their causes, and each by itself; a line that several rest on stands once. */
export function pageFindings(reported: Reported): OfFindings {
  const { causes, findings } = reported.result;
  const lines = new Lines(reported.result.run_dir);
  const ofPage = (finding: Finding) => pageFinding(finding, reported, lines);
  return {
    causes: causes.slice(0, MAX_CAUSES).map((cause) => ({
      message: causeMessage(cause),
      rule: causeRule(cause),
      codes: cause.codes,
      examples: cause.examples.map(ofPage),
      more: cause.findings - cause.examples.length,
    })),
    more_causes: Math.max(0, causes.length - MAX_CAUSES),
    findings: findings.slice(0, MAX_FINDINGS).map(ofPage),
    more_findings: Math.max(0, findings.length - MAX_FINDINGS),
    total_findings: findings.length,
    lines: lines.all,
  };
}

function pageFinding(finding: Finding, { result, quotes }: Reported, lines: Lines): PageFinding {
  const { code, session_id, evidence } = finding;
  const quoted = quotes?.of.get(finding);
  const shown = (quoted?.cited ?? evidence).slice(0, MAX_PLACES);
  return {
    code,
    subject: findingSubject(finding),
    session_id: session_id === null ? null : sanitize(session_id),
    message: findingMessage(finding),
    in_cause: session_id !== null && result.causes.some(({ codes }) => codes.includes(code)),
    lines: shown.map((line) => lines.add(line)),
    more_lines: evidence.length - shown.length,
    beside: quoted && quotes ? beside(finding, quoted, quotes.logs, lines) : [],
    expected: result.expected_findings.some((one) => one.code === code),
  };
}

const SIDES = { server: 'The server’s log', client: 'The client’s log' };

/** What a side has of the finding's number where the finding does not rest on it. */
function beside(
  { connection_sequence: number }: Finding,
  { cited, beside: others, more }: FindingQuotes,
  logs: readonly LogName[],
  lines: Lines,
): PageFinding['beside'] {
  if (others === null) return [];
  const isCited = (side: LogName) => cited.some((line) => 'log' in line && line.log === side);
  return (['client', 'server'] as const)
    .filter((side) => logs.includes(side) && !isCited(side))
    .map((side) => {
      const ofSide = others.filter(({ log }) => log === side);
      const rest = more.includes(side) ? ' It has more lines of that number than are shown.' : '';
      const heading =
        ofSide.length === 0
          ? `${SIDES[side]} has nothing of #${number}.`
          : `${SIDES[side]} at #${number}:${rest}`;
      return { heading, lines: ofSide.map((line) => lines.add(line)) };
    });
}

/** Lines of the page, each once. */
class Lines {
  readonly all: PageLine[] = [];
  readonly #runDir: string | null;
  readonly #indexes = new Map<string, number>();
  #characters = 0;

  constructor(runDir: string | null) {
    this.#runDir = runDir;
  }

  /** @returns its index */
  add(line: Evidence): number {
    const place = placeOf(line, this.#runDir);
    const known = this.#indexes.get(place);
    if (known !== undefined) return known;
    const text = line.text === undefined ? null : sanitize(line.text);
    this.#characters += text?.length ?? 0;
    const index = this.all.push({ place, text: this.#characters > MAX_TEXT ? null : text }) - 1;
    this.#indexes.set(place, index);
    return index;
  }
}
