import type { ChartData } from '../model/chart-data.ts';
import { FINDING_CODES, FINDINGS } from '../model/findings.ts';
import type { RunResult } from '../model/result.ts';
import { boundOutcome } from './bounds.ts';
import { closeCodeMeaning } from './close-codes.ts';
import { failingFindings, missedFindings } from './expected.ts';
import { capitalized, counted, listed, seconds } from './format.ts';
import { doubtMessage, LACK_MESSAGES } from './messages.ts';
import { metricRows } from './metric-rows.ts';
import { expectedOutcome, observationCommand, observationMessage } from './observations.ts';
import { cards } from './page-cards.ts';
import type { PageCheck, PageData } from './page-data.ts';
import { pageFindings } from './page-findings.ts';
import { placeOf } from './place.ts';
import type { Reported } from './reporter.ts';
import { sanitize } from './sanitize.ts';
import { workerRows } from './workers.ts';

const WHOLE = { ran: true, lacking: null };

/** What the page says, as data. */
export function pageData(reported: Reported, command?: string): PageData {
  const { result, chartData, about } = reported;
  const rows = new Map(metricRows(result.metrics));
  return {
    title: sanitize(result.name),
    verdict: result.verdict,
    headline: headline(result),
    description: about?.description ? sanitize(about.description) : null,
    replay: result.replay === null ? null : sanitize(result.replay),
    cards: cards(result.metrics),
    facts: facts(reported),
    bounds: [
      ...result.bounds.map((bound) => ({
        text: sanitize(boundOutcome(bound)),
        is_held: bound.held,
      })),
      ...result.expected_observations.map((one) => ({
        text: expectedOutcome(one),
        is_held: one.held,
      })),
    ],
    ...pageFindings(reported),
    observations: result.observations.map((observation) => ({
      name: observation.name,
      message: observationMessage(observation),
      places: observation.evidence.map((line) => placeOf(line, result.run_dir)),
      command: observationCommand(observation, result, command),
    })),
    doubts: result.doubts.map((doubt) => ({
      code: doubt.code,
      message: doubtMessage(doubt),
      place: doubt.where === null ? '' : placeOf(doubt.where, result.run_dir),
    })),
    expectations: result.expected_findings,
    checks: checks(result),
    logs: result.evidence.map((log) => ({ ...log, file: placeOf(log, result.run_dir) })),
    close_codes: closeCodes(result),
    recovery: rows.get('recovery') ?? [],
    scenario: about?.scenario ? lines(about.scenario) : null,
    chart_data: chartData && sanitized(chartData),
    meanings: meanings(chartData),
    lane_findings: laneFindings(result, chartData),
  };
}

function headline(result: RunResult): string {
  const { findings, doubts, interrupted, coverage } = result;
  const failing = failingFindings(result).length;
  const missed = missedFindings(result).length;
  const parts = [
    ...(failing > 0 ? [counted(failing, 'finding')] : []),
    ...(missed > 0 ? [`${counted(missed, 'expected finding')} that did not occur`] : []),
    ...(doubts.length > 0 ? [counted(doubts.length, 'doubt')] : []),
    ...(interrupted ? ['the run was interrupted'] : []),
  ];
  if (parts.length > 0) return `${capitalized(listed(parts))}.`;
  if (findings.length > 0) return 'Only the findings that the scenario expects.';
  return coverage.some(({ lacking }) => lacking !== null)
    ? 'The checks that could run found nothing.'
    : 'Every session can be followed through its reconnects.';
}

/** `2026-01-01 00:00:00 UTC`; where it is no such time, as it is. */
const moment = (iso: string): string =>
  sanitize(iso.replace(/^(\S{10})T(\S{8})\.\d+Z$/, '$1 $2 UTC'));

function facts({ result, about }: Reported): PageData['facts'] {
  const { seed, started_at, duration_seconds, run_dir } = result;
  const all: [string, string | null | undefined][] = [
    ['Started', started_at && moment(started_at)],
    ['Duration', duration_seconds === null ? null : seconds(duration_seconds)],
    ['Seed', seed?.toString()],
    ['wsdiag', about?.wsdiag_version],
    ['Node', about?.node_version],
    ['Run directory', run_dir],
    ...workerRows(result).flatMap(([label, texts]) =>
      texts.map((text, index): [string, string] => [
        index === 0 ? capitalized(label) : 'Worker',
        text,
      ]),
    ),
  ];
  return all.flatMap(([label, value]) => (value ? [[label, sanitize(value)]] : []));
}

/** A text of several lines, which are kept. */
const lines = (text: string): string => text.split(/\r?\n/).map(sanitize).join('\n');

function checks({ findings, coverage }: RunResult): PageCheck[] {
  return FINDING_CODES.map((code) => {
    const { ran, lacking } = coverage.find((one) => one.code === code) ?? WHOLE;
    return {
      code,
      meaning: FINDINGS[code].meaning,
      findings: findings.filter((finding) => finding.code === code).length,
      ran,
      lacking: lacking === null ? null : LACK_MESSAGES[lacking],
    };
  });
}

function closeCodes({ metrics }: RunResult): PageData['close_codes'] {
  return (['client', 'server'] as const).flatMap((side) =>
    Object.entries(metrics.close_codes[side]).map(([code, count]) => ({
      side,
      code,
      meaning: closeCodeMeaning(Number(code)),
      count,
    })),
  );
}

/** Names in it come from logs. */
function sanitized(chartData: ChartData): ChartData {
  const { lanes, faults } = chartData;
  return {
    ...chartData,
    lanes: {
      ...lanes,
      session_id: lanes.session_id.map(sanitize),
      failures: lanes.failures.map(sanitize),
    },
    faults: { ...faults, names: faults.names.map(sanitize) },
  };
}

function meanings(chartData: ChartData | null): Record<string, string> {
  const codes = new Set(chartData?.lanes.end.filter((end) => end >= 1000));
  return Object.fromEntries([...codes].map((code) => [code, closeCodeMeaning(code)]));
}

function laneFindings({ findings }: RunResult, chartData: ChartData | null): number[] {
  const counts = new Map<string | null, number>();
  for (const { session_id } of findings) counts.set(session_id, (counts.get(session_id) ?? 0) + 1);
  return (chartData?.lanes.session_id ?? []).map((id) => counts.get(id) ?? 0);
}
