import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isOtlp, unpackBatches } from '../../src/logs/otlp.ts';
import { runCli } from '../support/cli.ts';
import { temporaryDirectory } from '../support/world.ts';
import { bytesOf, json } from './support.ts';

const record = (second: number, body: string, tab: string, more: object = {}) => ({
  timeUnixNano: String(1_763_885_400_000_000_000n + BigInt(second) * 1_000_000_000n),
  body: { stringValue: body },
  attributes: [
    { key: 'tab.id', value: { stringValue: tab } },
    ...Object.entries(more).map(([key, intValue]) => ({ key, value: { intValue } })),
  ],
});

const batch = (...logRecords: object[]): string =>
  json({
    resourceLogs: [{ resource: { attributes: [] }, scopeLogs: [{ scope: {}, logRecords }] }],
  });

const FILE = [
  batch(record(0, 'ws open', 'a'), record(1, 'ws open', 'b'), record(2, 'tick', 'b')),
  json({ resourceSpans: [] }),
  batch(record(60, 'ws close', 'a', { code: 1006 }), record(61, 'ws open', 'a')),
  '{"resourceLogs":[{"cut',
  '',
].join('\n');

describe('a collector’s file of OTLP', () => {
  it('has a line for each record, whatever the steps it is read in', async () => {
    const file = path.join(temporaryDirectory(), 'otel.json');
    fs.writeFileSync(file, FILE);
    for (const step of [7, 64 * 1024]) {
      const lines = (await bytesOf(file, step)).bytes.toString().split('\n');
      expect(lines).toHaveLength(8);
      expect(lines[4]).toContain('ws close');
      expect(lines[6]).toBe('{"resourceLogs":[{"cut');
    }
  });

  it('is told by how it begins', () => {
    expect(isOtlp(Buffer.from(FILE))).toBe(true);
    expect(isOtlp(Buffer.from('{"resource":1}'))).toBe(false);
  });

  it.each([
    '{"resourceLogs":7}',
    '{"resourceLogs":[null,{"scopeLogs":{}},{"scopeLogs":[{"logRecords":[1]}]}]}',
  ])('has no records in %s', (line) => {
    expect(unpackBatches(Buffer.from(`${line}\n`)).toString()).toBe('');
  });

  it('is recognised, and tells of its sessions', async () => {
    const file = path.join(temporaryDirectory(), 'otel.json');
    fs.writeFileSync(file, FILE.replace(/\{"resourceLogs":\[\{"cut\n/, ''));
    const { stdout, stderr } = await runCli(['sessions', file, '--json']);
    expect(stderr).toContain('is read as a log of otlp-json');
    expect(JSON.parse(stdout).sessions).toMatchObject([
      { session_id: 'a', connections: 2, last_close_code: 1006, connected_seconds: 60 },
      { session_id: 'b', connections: 1 },
    ]);
  });
});
