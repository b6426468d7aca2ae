import { describe, expect, it } from 'vitest';
import { parseRotated } from '../../src/logs/rotation.ts';

describe('parseRotated', () => {
  it.each<[string, string, number | null]>([
    ['server.ndjson', 'server', null],
    ['server.ndjson.gz', 'server', null],
    ['server.ndjson.1', 'server', 1],
    ['server.ndjson.12.gz', 'server', 12],
    ['server.1.log', 'server', 1],
    ['server-2026-11-22.ndjson', 'server', null],
    ['server.2026-11-22T10.log.gz', 'server', null],
    ['server_2026-11-22_10-30.log', 'server', null],
    ['server-2026-11-22T10-30-00.000.log.gz', 'server', null],
    ['server.2026-11-22.3.log', 'server', 3],
    ['server.log-20261122.gz', 'server', null],
    ['server.log.2026-11-22', 'server', null],
    ['server-1.log', 'server-1', null],
    ['server2.log.1', 'server2', 1],
    ['server-10.0.0.12.log', 'server-10.0.0.12', null],
    ['server-v1.2.log.3', 'server-v1.2', 3],
    ['0b7b5a0e6a0b-json.log.1', '0b7b5a0e6a0b-json', 1],
  ])('takes %s for %s, number %s', (name, stem, number) => {
    expect(parseRotated(name)).toEqual({ stem, number, hasExtension: true });
  });

  it.each(['notes.txt', 'server.log.bak', '1', 'a.1', 'log', 'x.2026-11-22', '.gz'])(
    'does not take %s for a log',
    (name) => {
      expect(parseRotated(name).hasExtension).toBe(false);
    },
  );
});
