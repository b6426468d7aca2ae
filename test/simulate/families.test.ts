/** What is found about a session depends on its family and on whole logs, and on no other session. */
import { describe, expect, it } from 'vitest';
import { change, patched } from '../judge/judging.ts';
import { type Line, type Lines, play } from '../judge/world.ts';
import { found, judgeRunLogs, withOthers } from '../support/run-logs.ts';
import { isThorough } from '../support/thorough.ts';

const MANY = isThorough ? [0, 100, 3000] : [0, 100];

/** One tab whose storage was cleared twice, with latency while it had its first session. */
function clearedTwice(): Lines {
  const lines = play([
    [0, 'connect'],
    [0, 'clear-storage'],
    [0, 'connect'],
    [0, 'clear-storage'],
    [0, 'drop'],
  ]);
  const [latency] = lines.faults.filter(({ event }) => event === 'fault_injected') as [Line];
  const delayed = { ...latency, session_id: 's1', fault: 'latency', delays_frames: true };
  const faults = lines.faults
    .filter(({ event }) => event !== 'fault_injected')
    .toSpliced(-1, 0, { ...delayed, client_close_code: null, server_close_code: null });
  const last = lines.client.findLast(({ event }) => event === 'connection_closed') as Line;
  const { session_id, connection_sequence } = last;
  const own = { event: 'connection_closed', session_id, connection_sequence };
  // Each side gave the other up: what latency leads to.
  return patched({ ...lines, faults }, 'client', own, { close_code: 1000, was_clean: true });
}

describe('three sessions of one tab', () => {
  it.each(MANY)('are sound beside %i others', async (count) => {
    const result = await judgeRunLogs(withOthers(clearedTwice(), count));
    expect(found(result)).toEqual({ verdict: 'pass', findings: [] });
  });

  it('are not without the latency, so far back as it was', async () => {
    const { verdict } = await judgeRunLogs(
      change(clearedTwice(), 'faults', (all) => all.filter(({ fault }) => fault !== 'latency')),
    );
    expect(verdict).toBe('fail');
  });
});

describe('two sessions whose client ids are swapped in the client’s log', () => {
  const lines = play(['open', [0, 'drop'], [1, 'drop']]);
  const sessions = [...new Set(lines.server.flatMap(({ session_id }) => session_id ?? []))];
  const ids = sessions.map(
    (session_id) =>
      lines.client.find(
        (line) => line.event === 'connection_opened' && line.session_id === session_id,
      )?.client_id,
  );
  const swapped = change(lines, 'client', (all) =>
    all.map((line) => {
      const index = ids.indexOf(line.client_id);
      return index < 0 ? line : { ...line, client_id: ids[1 - index] };
    }),
  );

  it.each(MANY)('are told alike beside %i others', async (count) => {
    const result = await judgeRunLogs(withOthers(swapped, count));
    const [one, other, ...more] = found(result).findings.filter(
      ({ code }) => code === 'logs-disagree',
    );
    expect(more).toEqual([]);
    const details = (server: unknown) => ({ about: 'session_id', server });
    expect(one).toMatchObject({ session_id: sessions[0], details: details(sessions[1]) });
    expect(other).toMatchObject({ session_id: sessions[1], details: details(sessions[0]) });
  });
});

describe('a close that names neither session nor number', () => {
  const lines = play([[0, 'drop']]);
  const closed = { event: 'connection_closed', connection_sequence: 1 };
  const nameless = patched(lines, 'server', closed, {
    session_id: undefined,
    connection_sequence: undefined,
  });

  it.each(MANY)('makes no other finding, beside %i others', async (count) => {
    const { findings } = await judgeRunLogs(withOthers(nameless, count));
    expect(findings.map(({ code }) => code)).toEqual(['sequence-missing']);
  });
});

describe('the parts that sessions are divided up into', () => {
  const defective = play([
    'open',
    [0, 'clear-storage'],
    [0, 'clear-storage'],
    [1, 'duplicate'],
    [2, 'drop'],
    [1, 'refresh'],
    'kill',
  ]);
  const edited = change(defective, 'server', (all) =>
    all.filter(({ event }, index) => event !== 'connection_closed' || index % 2 === 0),
  );

  it.each(isThorough ? [2, 7, 64, 4096] : [7, 4096])('change nothing: %i', async (parts) => {
    const lines = withOthers(edited, 50);
    const whole = await judgeRunLogs(lines, { parts: 1 });
    const divided = await judgeRunLogs(lines, { parts });
    expect(whole.findings.length).toBeGreaterThan(1);
    expect(found(divided)).toEqual(found(whole));
    const lineOf = ({ evidence }: (typeof whole.findings)[number]) =>
      evidence.map(({ line }) => line);
    expect(divided.findings.map(lineOf)).toEqual(whole.findings.map(lineOf));
  });
});
