import { expect } from 'vitest';
import type { LogName } from '../../src/core/records.ts';
import type { Evidence, Finding } from '../../src/model/findings.ts';
import { falseCauses } from '../support/false-causes.ts';
import { change, judge } from './judging.ts';
import type { Line, Lines } from './world.ts';

/** A `connection_*` line. */
export interface Target {
  log: LogName;
  /** Index into the log's lines. */
  index: number;
  /** Which log has which event there. */
  kind: string;
  name: string;
}

interface Tampered {
  how: string;
  lines: Lines;
  /** The number that the line had, and the one it has now. */
  numbers: number[];
  /** The line or lines as they are now, from 1; none where it is gone. */
  proof: number[];
}

/** Every line that can be tampered with so that a check must notice. */
export function targetsOf(lines: Lines): Target[] {
  return (['server', 'client'] as const).flatMap((log) =>
    lines[log].flatMap((line, index) => {
      const { event, session_id, connection_sequence } = line;
      const kind = `${log} ${event}`;
      const name = `${log}:${index + 1} ${event} ${session_id} #${connection_sequence}`;
      const isTarget = event.startsWith('connection_') && !isLastWord(lines, log, line);
      return isTarget ? [{ log, index, kind, name }] : [];
    }),
  );
}

/**
 * All that is told of something that a page did before it vanished, so that the page may as well have vanished before:
 * its welcome, or a dial that was its session's last and that no server heard of.
 */
function isLastWord({ server, client }: Lines, log: LogName, line: Line): boolean {
  if (log !== 'client') return false;
  const { event, session_id, connection_sequence: number, client_id, document_id } = line;
  const saysIt = client.some(
    (other) =>
      other.event === 'document_unloaded' &&
      other.document_id === document_id &&
      other.reason !== 'vanished',
  );
  const others = [...server, ...client].filter(
    (other) => other !== line && other.session_id === session_id,
  );
  if (event === 'connection_opened') {
    return !saysIt && !client.some((other) => other !== line && other.client_id === client_id);
  }
  const isLatest = others.every((other) => Number(other.connection_sequence ?? 0) < Number(number));
  return event === 'connection_attempt' && !saysIt && isLatest;
}

/** Deletes, duplicates and renumbers that line; each must be found, there and nowhere else. */
export function expectTamperingIsFound(lines: Lines, { log, index }: Target): void {
  const session = lines[log][index]?.session_id;
  for (const { how, lines: changed, numbers, proof } of tamper(lines, log, index)) {
    const { verdict, findings, causes } = judge(changed);
    expect(verdict, how).toBe('fail');
    expect([...new Set(findings.map(({ session_id }) => session_id))], how).toEqual([session]);
    const proving = findings.filter(
      (finding) =>
        isOn(finding, numbers) &&
        (proof.length > 0
          ? finding.evidence.some(({ file, line }) => file === log && proof.includes(line))
          : finding.evidence.every((line) => lineAt(changed, line)?.session_id === session)),
    );
    expect(proving, `${how}: ${JSON.stringify(findings)}`).not.toEqual([]);
    expect(falseCauses({ causes, findings }, changed), how).toEqual([]);
  }
}

function tamper(lines: Lines, log: LogName, index: number): Tampered[] {
  const line = lines[log][index] as Line;
  const number = line.connection_sequence as number;
  const replace = (...by: Line[]) => change(lines, log, (all) => all.toSpliced(index, 1, ...by));
  const renumber = (to: number): Tampered => ({
    how: `renumbered to ${to}`,
    lines: replace({ ...line, connection_sequence: to }),
    numbers: [number, to],
    proof: [index + 1],
  });
  return [
    { how: 'deleted', lines: replace(), numbers: [number], proof: [] },
    {
      how: 'duplicated',
      lines: replace(line, line),
      numbers: [number],
      proof: [index + 1, index + 2],
    },
    ...[number - 1, number + 1, number + 1000].filter((to) => to > 0).map(renumber),
  ];
}

/** A jump over a number is a finding on the one after it, be it over the first. */
function isOn({ code, connection_sequence, details }: Finding, numbers: number[]): boolean {
  const first = code === 'sequence-not-from-one' ? 1 : undefined;
  const expected = 'expected' in details ? details.expected : first;
  return [connection_sequence, expected].some((number) => numbers.includes(Number(number)));
}

function lineAt(lines: Lines, { file, line }: Evidence): Line | undefined {
  return lines[file as LogName][line - 1];
}
