import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDescription } from '../../src/logs/description-file.ts';
import { recogniseLogs } from '../../src/logs/recognise.ts';
import { readRecords } from '../../src/logs/scan.ts';
import { shownUnit } from '../../src/logs/shown-unit.ts';
import { findSources, type SourceOptions } from '../../src/logs/sources.ts';
import { temporaryDirectory } from '../support/world.ts';
import { format, json } from './support.ts';

const START = Date.UTC(2026, 10, 23, 10);
const at = (seconds: number) => new Date(START + 1000 * seconds).toISOString();

/** Connections one after the other: how long each lived, and what its close has for that. */
function log(lifetimes: [seconds: number, duration: unknown][], key = 'duration'): string[] {
  let now = 0;
  return lifetimes.flatMap(([seconds, duration], index) => {
    const client = { session_id: 's', connection_sequence: index + 1, client_id: `c${index}` };
    const opened = json({ time: at(now), event: 'connection_opened', ...client });
    now += seconds;
    return [
      opened,
      json({ time: at(now), event: 'connection_closed', ...client, [key]: duration }),
    ];
  });
}

const unitOf = (lines: string[], options: SourceOptions = {}) =>
  shownUnit(
    lines.map((line) => Buffer.from(line)),
    { format: format(options), log: 'server' },
  )?.unit;

describe('the unit of a duration that its name does not say', () => {
  it.each([
    ['s', [60, 60.001], [1.2, 1]],
    ['ms', [60, 60_001], [0.03, 31]],
    ['ms', [60, '60001'], [1, 1001]],
    ['us', [60, 60_001_000], [2, 2_000_000]],
    ['ns', [60, 60_001_000_000], [2, 2_000_000_000]],
  ] as [string, ...[number, unknown][]][])(
    'is %s where the opens and closes say so',
    (unit, ...all) => {
      expect(unitOf(log(all))).toBe(unit);
    },
  );

  it.each<[string, string[]]>([
    [
      'one of them says otherwise',
      log([
        [60, 60_001],
        [60, 5],
      ]),
    ],
    [
      'none of them lasted a second',
      log([
        [0.3, 300],
        [0.2, 200],
      ]),
    ],
    ['none of them has a number', log([[60, '1m']])],
    ['its name says one', log([[60, 60_001]], 'duration_ms')],
    ['no close has its open', log([[60, 60_001]]).slice(1)],
  ])('is not known where %s', (_, lines) => {
    expect(unitOf(lines)).toBeUndefined();
  });

  it('is that of a field that a description or a mapping names, where they have none', () => {
    const lines = log([[60, 60_001]], 'took');
    const described = (text: string) => {
      const loaded = loadDescription(`fields: { duration_seconds: ${text} }`, 'x');
      return { description: 'value' in loaded ? loaded.value : null };
    };
    expect(unitOf(lines, { map: { duration_seconds: ['took'] } })).toBe('ms');
    expect(unitOf(lines, described('took'))).toBe('ms');
    expect(unitOf(lines, described('{ from: took, unit: s }'))).toBeUndefined();
    expect(unitOf(lines)).toBeUndefined();
  });

  it('is shown by session and number where no connection is named', () => {
    const nameless = log([[60, 60_001]]).map((line) => line.replace(/,"client_id":"c0"/, ''));
    expect(unitOf(nameless)).toBe('ms');
  });

  it('counts for all files of a log', async () => {
    const lines = log([
      [60, 60_001],
      [5, 5000],
    ]);
    const directory = temporaryDirectory();
    const files = ['app.log.1', 'app.log'].map((name) => path.join(directory, name));
    for (const [index, file] of files.entries()) {
      fs.writeFileSync(file, `${lines.slice(2 * index, 2 * index + 2).join('\n')}\n`);
    }
    const { sources, recognised } = await recogniseLogs(findSources(files));
    const lifetimes: unknown[] = [];
    await readRecords(sources, {
      onRecord({ event, fields }) {
        if (event === 'connection_closed') lifetimes.push(fields.duration_seconds);
      },
    });
    expect(recognised.map(({ unit }) => unit)).toEqual(
      files.map(() => ({ place: 'duration', unit: 'ms' })),
    );
    expect(lifetimes).toEqual([60.001, 5]);
  });
});
