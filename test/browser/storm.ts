import type { LogName } from '../../src/core/records.ts';
import type { Finding } from '../../src/model/findings.ts';
import type { FindingQuotes, Quotes } from '../../src/model/quotes.ts';
import type { LogRecord } from '../../src/model/record.ts';
import type { RunResult } from '../../src/model/result.ts';
import type { Reported } from '../../src/report/reporter.ts';
import { BOUNDS, findingOf, RUN } from '../report/results.ts';
import { drawing } from '../support/drawing.ts';

/** What a page must show as the text it is. */
export const EVIL = '<img src=x onerror=alert(1)>';

const RUN_MS = 30_000;
const RESTART_MS = 12_000;

/** Sessions that are dropped now and then and cut off by a restart, with findings about a few. */
export function storm(sessions: number): Reported {
  const ids = Array.from({ length: sessions }, (_, index) => (index === 0 ? EVIL : idOf(index)));
  const findings: Finding[] = [
    { ...findingOf('threshold-crossed', { metric: 'losses' }), session_id: null },
    ...ids
      .slice(0, 30)
      .map((session_id, line) => ({ ...findingOf('sequence-duplicated', {}, line), session_id })),
  ];
  const charts = drawing(findings.flatMap(({ session_id }) => session_id ?? []));
  const tell = (log: LogName, time: number, event: string, fields: object) =>
    charts.add({
      log,
      file: log,
      line: 1,
      time: Date.UTC(2026, 0, 1) + time,
      event,
      client_id: undefined,
      document_id: undefined,
      session_id: undefined,
      connection_sequence: undefined,
      fields: fields as Record<string, unknown>,
      ...fields,
    } as LogRecord);
  ids.forEach((session_id, index) => {
    session(index, (time, event, fields) => tell('client', time, event, { session_id, ...fields }));
  });
  ['drop', 'drop', 'restart_server', EVIL].forEach((fault, index) => {
    const time = index === 2 ? RESTART_MS : 4000 * (index + 1);
    tell('faults', time, 'fault_injected', { fault, occurrence: index, session_id: ids[index] });
  });
  tell('faults', RESTART_MS + 1500, 'fault_ended', { fault: 'restart_server', occurrence: 2 });
  const result: RunResult = {
    ...RUN,
    name: 'storm',
    verdict: 'fail',
    findings,
    causes: [
      {
        codes: ['sequence-duplicated'],
        sessions: 30,
        findings: 30,
        told_by: null,
        began_again: false,
        misnumbered: false,
        after: { event: 'reload' },
        examples: findings.slice(1, 3),
      },
    ],
    bounds: BOUNDS,
    metrics: { ...RUN.metrics, sessions },
  };
  return { result, chartData: charts.finish(), quotes: quotesOf(findings), about: ABOUT };
}

const ABOUT = {
  scenario: `name: storm\n# ${EVIL}\nclients: { count: 200 }\n`,
  description: `A restart sends all of them away. ${EVIL}`,
  wsdiag_version: '0.1.0',
  node_version: 'v22.0.0',
};

function quotesOf(findings: Finding[]): Quotes {
  const of = new Map<Finding, FindingQuotes>();
  const line = (log: LogName, number: number, fields: object) => ({
    log,
    file: `wsdiag-runs/refresh-storm-1/${log}.ndjson`,
    line: number,
    text: JSON.stringify({ time: '2026-01-01T00:00:01.000Z', ...fields, msg: EVIL }),
  });
  for (const [index, finding] of findings.entries()) {
    const { session_id } = finding;
    const fields = { session_id, connection_sequence: 4, remote_address: '127.0.0.1:54321' };
    const cited = [line('server', index, { event: 'connection_opened', ...fields })];
    const beside = [line('client', index, { event: 'connection_attempt', ...fields })];
    of.set(finding, { cited, beside, more: [] });
  }
  return { logs: ['server', 'client'], of };
}

const idOf = (index: number): string =>
  `${(index * 2654435761).toString(16).padStart(12, '0').slice(-8)}-0000-4000-8000-${String(index).padStart(12, '0')}`;

type Tell = (time: number, event: string, fields: object) => void;

/** Some are dropped, all are cut off at the restart, and dial until the server is back. */
function session(index: number, tell: Tell): void {
  let sequence = 0;
  let time = (index % 997) * 3;
  const connect = (failures: number) => {
    for (let failed = 0; failed < failures; failed++) {
      tell(time, 'connection_attempt', { connection_sequence: ++sequence });
      const error = failed === 0 ? 'ECONNREFUSED' : 'HTTP 503';
      tell(time + 2, 'connection_failed', { connection_sequence: sequence, error });
      time += 200 + ((index * 31 + failed * 977) % 900);
    }
    tell(time, 'connection_attempt', { connection_sequence: ++sequence });
    time += 15;
    tell(time, 'connection_opened', { connection_sequence: sequence });
  };
  const close = (at: number, close_code: number) => {
    time = Math.max(at, time + 1);
    tell(time, 'connection_closed', { connection_sequence: sequence, close_code });
    time += 50 + ((index * 7) % 400);
  };
  connect(0);
  if (index % 3 === 0) {
    close(4000, 1006);
    connect(0);
  }
  if (index % 7 === 0) {
    close(8000, 4001);
    connect(1);
  }
  close(RESTART_MS, 1012);
  connect(2 + (index % 5));
  if (index % 11 === 0) return;
  tell(RUN_MS, 'document_unloaded', {
    connection_sequence: sequence,
    client_id: 'c',
    reason: 'end',
  });
}
