import path from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  findSources,
  parseEvents,
  parseMapping,
  type SourceOptions,
} from '../../src/logs/index.ts';
import { outcome, parsedLines } from './support.ts';

const DIRECTORY = path.join(import.meta.dirname, '../fixtures/logs');
const A = '0b7b5a0e-6a0b-4b6c-9a53-5f1e4a4d7c11';
const B = 'f3d1c0de-27a4-4f0e-8c5e-1d2f3a4b5c6d';
const START = Date.parse('2026-11-23T10:00:00Z');

/** What every one of these logs tells, in seconds from its start. */
const STORY = [
  [1.204, 'connection_opened', A, 1],
  [1.871, 'connection_opened', B, 1],
  [31.09, 'connection_closed', A, 1, 1006, 29.886],
  [32.517, 'connection_opened', A, 2],
  [64.002, 'connection_closed', B, 1, 1001, 62.131],
  [65.44, 'connection_opened', B, 2],
  [90.75, 'connection_closed', A, 2, 1000, 58.233],
  [91.3, 'connection_closed', B, 2, 1012, 25.86],
];

async function read(name: string, options: SourceOptions = {}) {
  const [source] = findSources([path.join(DIRECTORY, name)], options);
  if (source === undefined) throw new Error(`no source for ${name}`);
  const lines = await parsedLines(source);
  const records = lines.filter((line) => line.kind === 'record');
  return {
    log: source.log,
    story: records.map(({ time, event, session_id, connection_sequence, fields }) => {
      const seconds = (time - START) / 1000;
      const opened = [seconds, event, session_id, connection_sequence];
      if (event === 'connection_opened') return opened;
      return [...opened, fields.close_code, fields.duration_seconds];
    }),
    others: lines.filter(({ kind }) => kind !== 'record').map(outcome),
  };
}

const NO_EVENT = 'ignored: no-event';

describe('logs of other backends', () => {
  it.each<[string, string[]]>([
    ['structlog.log', [NO_EVENT, NO_EVENT, NO_EVENT]],
    ['python-json-logger.log', [NO_EVENT, NO_EVENT]],
    ['go-zap.log', [NO_EVENT]],
    ['docker-json-file.log', ['ignored: blank', NO_EVENT, NO_EVENT]],
    ['journald.ndjson', [NO_EVENT, NO_EVENT]],
    ['cri.log', [NO_EVENT]],
    ['compose.log', [NO_EVENT]],
  ])('tell their story without a word of explanation: %s', async (name, others) => {
    expect(await read(name)).toEqual({ log: 'server', story: STORY, others });
  });

  it('tell their story with fields and events mapped: go-slog.log', async () => {
    const options = {
      map: parseMapping(
        'session_id=ctx.session.id,connection_sequence=ctx.seq,client_id=conn,' +
          'close_code=code,close_reason=reason,duration_seconds=lived_ms',
      ),
      events: parseEvents('connection_opened=ws open,connection_closed=ws close'),
    };
    const expected = { log: 'server', story: STORY, others: [NO_EVENT] };
    expect(await read('go-slog.log', options)).toEqual(expected);
    expect(await read('go-slog.log')).toMatchObject({ story: [] });
  });

  it('have the seconds of the prefix where the record has no time: nginx-like.log', async () => {
    const { story, others } = await read('nginx-like.log');
    expect(others).toEqual([]);
    expect(story).toEqual(
      STORY.map(([seconds, ...rest]) => [Math.floor(Number(seconds)), ...rest]),
    );
  });
});
