import type { LogName } from '../../src/core/records.ts';
import { createCompleteness } from '../../src/logs/completeness.ts';
import { joinedRecords } from '../../src/logs/joins.ts';
import { createParser } from '../../src/logs/parse.ts';
import { noteOf, putRow } from '../../src/logs/put-row.ts';
import type { Doubt, Finding, FindingCode } from '../../src/model/findings.ts';
import type { Expectations } from '../../src/model/metrics.ts';
import type { LogRecord } from '../../src/model/record.ts';
import type { Judgement } from '../../src/model/result.ts';
import { Rows } from '../../src/model/rows.ts';
import { HeldLogs } from '../../src/simulate/held-logs.ts';
import type { Line, Lines } from './world.ts';

const LOGS: LogName[] = ['server', 'client', 'faults'];
const FORMAT = { map: {}, events: {}, since: null, until: null };

/**
 * Judges lines as if they had been read from files named after their logs.
 *
 * @param options.areOwn the logs are known to be wsdiag's, as a run's are
 */
export function judge(
  lines: Partial<Lines>,
  expectations?: Expectations,
  { areOwn = true } = {},
): Judgement {
  const logs = LOGS.filter((log) => lines[log]);
  const held = new HeldLogs(logs.map((log, stream) => ({ log, stream, file: log })));
  const doubts: Doubt[] = [];
  const joined = joinedRecords((record) => held.add(record, logs.indexOf(record.log)), logs.length);
  for (const [file, log] of logs.entries()) {
    const files = { first: log, last: log };
    const fileOf = () => log;
    const completeness = createCompleteness({ log, files, fileOf, isOwn: areOwn, isWhole: true });
    const rows = new Rows(1);
    for (const record of parse(lines[log] ?? [], log)) {
      putRow(rows, 0, record);
      rows.setLine(0, record.line);
      completeness.onRow(rows, 0, noteOf(record));
      joined.onRecord({ ...record, stream: file });
    }
    doubts.push(...completeness.finish());
  }
  joined.finish();
  const { added: _, ...judgement } = held.finish(doubts, expectations);
  return judgement;
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
