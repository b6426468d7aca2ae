import { createJudge } from '../../src/checks/index.ts';
import type { Doubt, Finding, FindingCode } from '../../src/core/findings.ts';
import type { Expectations } from '../../src/core/metrics.ts';
import type { LogName } from '../../src/core/records.ts';
import type { Judgement } from '../../src/core/result.ts';
import { createCompleteness } from '../../src/history/completeness.ts';
import { parseLine } from '../../src/history/parse.ts';
import type { Line, Lines } from './world.ts';

const LOGS: LogName[] = ['server', 'client', 'faults'];

/** Judges lines as if they had been read from files named after their logs. */
export function judge(lines: Partial<Lines>, expectations?: Expectations): Judgement {
  const logs = LOGS.filter((log) => lines[log]);
  const judge = createJudge(new Set(logs), expectations);
  const doubts: Doubt[] = [];
  for (const log of logs) {
    const completeness = createCompleteness(log, log);
    lines[log]?.forEach((line, index) => {
      const record = parseLine(Buffer.from(JSON.stringify(line)), log, log, index + 1);
      if (typeof record === 'string') throw new Error(`${record}: ${JSON.stringify(line)}`);
      completeness.onRecord(record);
      judge.onRecord(record);
    });
    doubts.push(...completeness.finish());
  }
  return judge.finish(doubts);
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
