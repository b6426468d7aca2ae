import type { Cause } from '../model/causes.ts';
import type { BoundOutcome } from '../model/metrics.ts';
import type { RunResult } from '../model/result.ts';
import { boundOutcome } from './bounds.ts';
import { causeMessage, causeRule } from './causes.ts';
import { findingsApart, missedFindings } from './expected.ts';
import { counted } from './format.ts';
import { verdictOf } from './github.ts';
import { doubtMessage, findingMessage, findingSubject } from './messages.ts';
import { metricRows } from './metric-rows.ts';
import { observationMessage } from './observations.ts';
import { placeOf } from './place.ts';
import { sanitize } from './sanitize.ts';
import { workerRows } from './workers.ts';

const MAX_SHOWN = 20;

/** The verdict and what it rests on as Markdown, for the page of a workflow's run (`GITHUB_STEP_SUMMARY`). */
export function stepSummary(result: RunResult): string {
  const { bounds, doubts, causes, observations, replay } = result;
  return [
    `### ${markdown(`wsdiag: ${verdictOf(result)}`)}`,
    list([
      ...bounds.map(boundItem),
      ...missedFindings(result).map((code) => `❌ ${markdown(code)} was expected, and not found`),
      ...doubts.map((doubt) => `❔ ${markdown(doubtMessage(doubt))}`),
    ]),
    ...causes.slice(0, MAX_SHOWN).map((cause) => causeText(cause, result.run_dir)),
    and(causes.length - MAX_SHOWN, 'cause'),
    ...findings(result),
    list(observations.map((one) => markdown(`${one.name}: ${observationMessage(one)}`))),
    metrics(result),
    replay === null ? '' : `Replay: ${markdown(replay)}`,
  ]
    .filter((part) => part !== '')
    .map((part) => `${part}\n\n`)
    .join('');
}

const boundItem = (outcome: BoundOutcome): string =>
  `${outcome.held ? '✅' : '❌'} ${markdown(boundOutcome(outcome))}`;

const list = (items: string[]): string => items.map((item) => `- ${item}`).join('\n');

const and = (more: number, what: string): string =>
  more > 0 ? `and ${counted(more, what)} more` : '';

function causeText(cause: Cause, runDir: string | null): string {
  const lines = cause.examples
    .flatMap(({ evidence }) => evidence)
    .map((line) => markdown(`${placeOf(line, runDir)}${line.text ? `  ${line.text}` : ''}`));
  return [
    `**${markdown(causeMessage(cause))}** ${markdown(causeRule(cause))}`,
    list(lines),
    and(cause.findings - cause.examples.length, 'finding'),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

/** What stands nowhere else on the page. */
function findings(result: RunResult): string[] {
  const apart = findingsApart(result).filter(({ code }) => code !== 'threshold-crossed');
  if (apart.length === 0) return [];
  const rows = apart
    .slice(0, MAX_SHOWN)
    .map((finding) => [finding.code, findingSubject(finding), findingMessage(finding)]);
  return [table(['Finding', 'About', ''], rows), and(apart.length - MAX_SHOWN, 'finding')];
}

function metrics(result: RunResult): string {
  const rows = [...workerRows(result), ...metricRows(result.metrics)]
    .filter(([, lines]) => lines.length > 0)
    .map(([label, lines]) => [label, lines.join('\n')]);
  return rows.length === 0 ? '' : table(['', ''], rows);
}

const table = (head: string[], rows: string[][]): string =>
  [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

const cell = (text: string): string => text.split('\n').map(markdown).join('<br>');

/** Text that Markdown takes for nothing else. */
const markdown = (text: string): string =>
  sanitize(text).replace(/[!-/:-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`);
