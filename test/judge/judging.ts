import { expect } from 'vitest';
import type { LogName } from '../../src/core/records.ts';
import { createChecks, createSurvey, judge as judgeProof } from '../../src/judge/index.ts';
import { createCompleteness } from '../../src/logs/completeness.ts';
import { createParser } from '../../src/logs/parse.ts';
import { RowMaker } from '../../src/logs/row-maker.ts';
import type { Doubt, Finding, FindingCode } from '../../src/model/findings.ts';
import type { Expectations } from '../../src/model/metrics.ts';
import type { LogRecord } from '../../src/model/record.ts';
import type { Judgement } from '../../src/model/result.ts';
import type { Line, Lines } from './world.ts';

const LOGS: LogName[] = ['server', 'client', 'faults'];
const FORMAT = { map: {}, events: {}, since: null, until: null };

/**
 * Judges lines as if they had been read from files named after their logs. Whatever they are, what the
 * survey lets go has no finding in it.
 */
export function judge(lines: Partial<Lines>, expectations?: Expectations): Judgement {
  const logs = LOGS.filter((log) => lines[log]);
  const records = logs.flatMap((log) => parse(lines[log] ?? [], log));
  const survey = createSurvey(new Set(logs));
  const rows = new RowMaker();
  const doubts: Doubt[] = [];
  for (const log of logs) {
    const files = { first: log, last: log };
    const completeness = createCompleteness({ log, files, isOwn: true, isWhole: true });
    for (const record of records.filter((record) => record.log === log)) {
      const row = rows.of(record);
      completeness.onRow(row);
      survey.onRow(row);
    }
    doubts.push(...completeness.finish());
  }
  const findingsIn = (some: LogRecord[]): Finding[] => {
    const checks = createChecks(survey.facts);
    for (const record of some) checks.onRecord(record);
    return checks.finish();
  };
  const { suspects, parents } = survey.sift();
  const held = suspects.flatMap(({ session }) => [session, parents.get(session) ?? session]);
  const ids = new Set(held.map((session) => rows.ids[session]));
  const findings = findingsIn(records);
  const sifted = findingsIn(
    records.filter(({ session_id: id }) => id === undefined || ids.has(id)),
  );
  expect(sifted).toEqual(findings);
  const { facts } = survey;
  return judgeProof({ facts, metrics: survey.metrics(), findings, doubts, expectations });
}

function parse(lines: Line[], log: LogName): LogRecord[] {
  const parser = createParser(FORMAT, log);
  return lines.flatMap((line, index) => {
    const parsed = parser(Buffer.from(JSON.stringify(line)));
    if (parsed.kind === 'rejected') throw new Error(`${parsed.reason}: ${JSON.stringify(line)}`);
    if (parsed.kind === 'ignored') return [];
    const { kind: _kind, ...record } = parsed;
    return [{ log, file: log, line: index + 1, ...record }];
  });
}

export function codesOf({ findings }: Judgement): FindingCode[] {
  return [...new Set(findings.map(({ code }) => code))];
}

/** The findings with that code. */
export function only<C extends FindingCode>(judgement: Judgement, code: C) {
  return judgement.findings.filter(
    (finding): finding is Extract<Finding, { code: C }> => finding.code === code,
  );
}

/** A copy, with one log's lines changed. */
export function change(lines: Lines, log: LogName, edit: (lines: Line[]) => Line[]): Lines {
  return { ...lines, [log]: edit(lines[log].map((line) => ({ ...line }))) };
}

/** A copy, without lines of that kind. */
export function without(lines: Lines, log: LogName, match: Partial<Line>): Lines {
  return change(lines, log, (all) => all.filter((line) => !matches(line, match)));
}

/** A copy, with fields of matching lines set anew. */
export function patched(
  lines: Lines,
  log: LogName,
  match: Partial<Line>,
  fields: Record<string, unknown>,
): Lines {
  return change(lines, log, (all) =>
    all.map((line) => (matches(line, match) ? { ...line, ...fields } : line)),
  );
}

function matches(line: Line, match: Partial<Line>): boolean {
  return Object.entries(match).every(([key, value]) => line[key] === value);
}
