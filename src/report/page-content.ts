import type { ChartData } from '../model/chart-data.ts';
import { FINDING_CODES, FINDINGS, type Finding } from '../model/findings.ts';
import type { RunResult } from '../model/result.ts';
import { boundOutcome } from './bounds.ts';
import { closeCodeMeaning } from './close-codes.ts';
import { failingFindings, missedFindings } from './expected.ts';
import { counted, listed, seconds } from './format.ts';
import { doubtMessage, findingMessage, findingSubject, LACK_MESSAGES } from './messages.ts';
import { metricRows } from './metric-rows.ts';
import { observationCommand, observationMessage } from './observations.ts';
import type { PageCheck, PageData, PageFinding } from './page-data.ts';
import { placeOf } from './place.ts';
import type { Reported } from './reporter.ts';
import { sanitize } from './sanitize.ts';

const MAX_FINDINGS = 2000;
const MAX_PLACES = 12;
/** Rows of the metrics that the page draws instead. */
const DRAWN = new Set(['closes', 'recovery']);

const WHOLE = { ran: true, lacking: null };

/** What the page says, as data. */
export function pageData({ result, chartData }: Reported): PageData {
  const rows = new Map(metricRows(result.metrics));
  return {
    title: sanitize(result.name),
    verdict: result.verdict,
    headline: headline(result),
    replay: result.replay === null ? null : sanitize(result.replay),
    facts: facts(result, rows),
    bounds: result.bounds.map((bound) => ({
      text: sanitize(boundOutcome(bound)),
      is_held: bound.held,
    })),
    findings: result.findings.slice(0, MAX_FINDINGS).map((finding) => ofPage(finding, result)),
    more_findings: Math.max(0, result.findings.length - MAX_FINDINGS),
    observations: result.observations.map((observation) => ({
      name: observation.name,
      message: observationMessage(observation),
      places: observation.evidence.map((line) => placeOf(line, result.run_dir)),
      command: observationCommand(observation, result),
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

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function facts(
  { seed, started_at, duration_seconds, run_dir }: RunResult,
  rows: Map<string, string[]>,
): PageData['facts'] {
  const metrics = [...rows].flatMap(([label, [first]]): PageData['facts'] =>
    first === undefined || DRAWN.has(label) ? [] : [[label, first]],
  );
  return [
    ...metrics,
    ...(duration_seconds === null
      ? []
      : [['duration', seconds(duration_seconds)] as [string, string]]),
    ...(started_at === null ? [] : [['started', moment(started_at)] as [string, string]]),
    ...(seed === null ? [] : [['seed', String(seed)] as [string, string]]),
    ...(run_dir === null ? [] : [['run directory', sanitize(run_dir)] as [string, string]]),
  ];
}

function ofPage(finding: Finding, { run_dir, expected_findings }: RunResult): PageFinding {
  const { code, session_id, evidence } = finding;
  return {
    code,
    subject: findingSubject(finding),
    session_id: session_id === null ? null : sanitize(session_id),
    message: findingMessage(finding),
    places: evidence.slice(0, MAX_PLACES).map((line) => placeOf(line, run_dir)),
    more_places: Math.max(0, evidence.length - MAX_PLACES),
    expected: expected_findings.some((one) => one.code === code),
  };
}

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
    lanes: { ...lanes, session_id: lanes.session_id.map(sanitize) },
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
