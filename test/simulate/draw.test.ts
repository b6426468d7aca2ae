import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { findSources } from '../../src/logs/index.ts';
import type { Finding } from '../../src/model/findings.ts';
import { WSDIAG_VERSION } from '../../src/real/version.ts';
import { drawLogs } from '../../src/simulate/draw.ts';
import { judgeLogs, judgeRun } from '../../src/simulate/judge.ts';
import { storedRun } from '../support/stored-run.ts';
import { temporaryDirectory } from '../support/world.ts';

const opened = (second: number) =>
  `${JSON.stringify({
    time: new Date(Date.UTC(2026, 2, 1, 0, 0, second)).toISOString(),
    event: 'connection_opened',
    session_id: `s${second}`,
    connection_sequence: 1,
    client_id: `c${second}`,
  })}\n`;

/** Charts of a log that was judged, and to which something happened then. */
async function drawnAfter(happen: (file: string) => void) {
  const file = path.join(temporaryDirectory(), 'server.ndjson');
  fs.writeFileSync(file, opened(1) + opened(2));
  const sources = findSources([file]);
  const result = await judgeLogs(sources);
  happen(file);
  return (await drawLogs(sources, result)).chartData;
}

describe('what is drawn of logs', () => {
  it('is what was judged, though a log has grown', async () => {
    const drawn = await drawnAfter(() => {});
    expect(drawn?.lanes.session_id).toEqual(expect.arrayContaining(['s1', 's2']));
    expect(await drawnAfter((file) => fs.appendFileSync(file, opened(3)))).toEqual(drawn);
  });

  it.each<[string, (file: string) => void]>([
    ['is gone', (file) => fs.rmSync(file)],
    ['was rotated', (file) => fs.writeFileSync(file, opened(3))],
  ])('is nothing where a log %s', async (_, happen) => {
    expect(await drawnAfter(happen)).toBeNull();
  });
});

/** Lines of one session, each a second after the one before. */
const lines = (...events: object[]) =>
  events
    .map((fields, second) => {
      const time = new Date(Date.UTC(2026, 2, 1, 0, 0, second)).toISOString();
      return `${JSON.stringify({ time, session_id: 's', ...fields })}\n`;
    })
    .join('');

/** What is drawn of logs with these lines. */
async function drawnOf(logs: { server?: string; client?: string }) {
  const directory = temporaryDirectory();
  for (const [name, text] of Object.entries(logs)) {
    fs.writeFileSync(path.join(directory, `${name}.ndjson`), text);
  }
  const sources = findSources([directory]);
  const result = await judgeLogs(sources);
  return { result, ...(await drawLogs(sources, result)) };
}

describe('what is quoted of logs', () => {
  const opened = { event: 'connection_opened', connection_sequence: 1, client_id: 'c' };
  const server = lines(opened, { ...opened, client_id: 'd' });

  it('is the lines that findings rest on, and all others of the same number', async () => {
    const client = lines(
      { event: 'connection_attempt', connection_sequence: 1 },
      { event: 'connection_failed', connection_sequence: 1, error: 'ECONNREFUSED' },
      { event: 'connection_attempt', connection_sequence: 2 },
    );
    const { result, quotes } = await drawnOf({ server, client });
    const finding = result.findings.find(({ code }) => code === 'sequence-duplicated');
    const { cited, beside, more } = quotes?.of.get(finding as Finding) ?? {};
    const textsOf = (some?: readonly { text?: string }[] | null) => some?.map(({ text }) => text);
    expect(textsOf(cited)).toEqual(server.trimEnd().split('\n'));
    expect(textsOf(beside)).toEqual(client.split('\n').slice(0, 2));
    expect(more).toEqual([]);
    expect(quotes?.logs).toEqual(expect.arrayContaining(['server', 'client']));
  });

  it('is the first lines of each log, however many another has', async () => {
    const attempts = Array.from({ length: 20 }, () => ({
      event: 'connection_attempt',
      connection_sequence: 1,
    }));
    const many = Array.from({ length: 20 }, (_, index) => ({ ...opened, client_id: `c${index}` }));
    const { result, quotes } = await drawnOf({
      server: lines(...many),
      client: lines(...attempts),
    });
    const [finding] = result.findings;
    const { beside = [], more } = quotes?.of.get(finding as Finding) ?? {};
    expect(beside?.filter(({ log }) => log === 'client')).toHaveLength(12);
    expect(more).toContain('client');
  });

  it('says what attempts failed with: a status, or else the error', async () => {
    const failed = (connection_sequence: number, fields: object) => ({
      event: 'connection_failed',
      connection_sequence,
      ...fields,
    });
    const { chartData } = await drawnOf({
      client: lines(
        failed(1, { error: 'Unexpected server response: 503', http_status: 503 }),
        failed(2, { error: 'ECONNREFUSED', http_status: null }),
        failed(3, { error: 'timeout' }),
      ),
    });
    expect(chartData?.lanes.failures).toEqual(['HTTP 503', 'ECONNREFUSED', 'timeout']);
  });
});

describe('what is known of a run', () => {
  it('is its scenario, as it ran, and the versions that its logs name', async () => {
    const text = `name: quick
description: One comes and goes.
duration: 100ms
settle: 1s
clients: { count: 1 }
`;
    const { run, remove } = await storedRun(text);
    const result = await judgeRun(run);
    const { about } = await drawLogs(findSources([run]), result);
    expect(about).toEqual({
      scenario: fs.readFileSync(path.join(run, 'scenario.yaml'), 'utf8'),
      description: 'One comes and goes.',
      wsdiag_version: WSDIAG_VERSION,
      node_version: process.version,
    });
    expect(about?.scenario).toContain('name: quick');
    remove();
  });

  it('is nothing where logs do not say', async () => {
    const { about } = await drawnOf({ server: lines({ event: 'x' }) });
    expect(about).toEqual({
      scenario: null,
      description: null,
      wsdiag_version: null,
      node_version: null,
    });
  });
});
