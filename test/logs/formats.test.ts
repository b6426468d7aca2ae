import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FORMATS, type FormatName, formatText, isFormat } from '../../src/logs/formats.ts';
import { recogniseLogs } from '../../src/logs/recognise.ts';
import { readRecords } from '../../src/logs/scan.ts';
import { findSources } from '../../src/logs/sources.ts';
import { temporaryDirectory } from '../support/world.ts';
import { type Told, toldBy } from './told.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const FIXTURES = path.join(ROOT, 'test/fixtures/logs/formats');

const OPENED = 'connection_opened';
const CLOSED = 'connection_closed';
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
const CENTRIFUGE = '3f1c5f0e-0b57-4b3b-9d0e-7c2b1b2f3a10';
const none = undefined;

/** What each fixture tells, and how many of its lines are about something else. */
const TOLD: Record<FormatName, [told: Told[], ignored: number]> = {
  'aws-api-gateway': [
    [
      ['2026-02-02T02:40:00.000Z', OPENED, 'u-5', 'Abc1='],
      ['2026-02-02T04:40:00.123Z', CLOSED, '198.51.100.7', 'Abc1=', 1006, 7200.123],
    ],
    1,
  ],
  caddy: [
    [
      [
        '2025-04-30T13:18:31.050Z',
        CLOSED,
        '203.0.113.9 Firefox/136',
        '203.0.113.9 46530',
        none,
        9.012345,
      ],
      [
        '2025-04-30T13:20:00.500Z',
        CLOSED,
        '203.0.113.9 Firefox/136',
        '203.0.113.9 46560',
        none,
        9.5,
      ],
    ],
    2,
  ],
  traefik: [
    [
      [
        '2026-07-10T10:00:31.000Z',
        CLOSED,
        '198.51.100.7 Firefox/140',
        '198.51.100.7:50112',
        none,
        60.012345678,
      ],
      ['2026-07-10T10:02:32.009Z', CLOSED, '198.51.100.7 Firefox/140', none, none, 60.009],
    ],
    1,
  ],
  envoy: [
    [
      [
        '2026-07-10T10:01:00.322Z',
        CLOSED,
        '198.51.100.7 Firefox/140',
        'cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2',
        none,
        60.012,
      ],
      [
        '2026-07-10T10:01:03.500Z',
        CLOSED,
        '198.51.100.7 Firefox/140',
        'ee21d9b0-cf5c-432b-8c7e-98aeb7988cd2',
        none,
        1.5,
      ],
      ['2026-07-10T10:02:00.250Z', CLOSED, '198.51.100.7 Firefox/140', 'ff21d9b0', none, 0.25],
    ],
    1,
  ],
  haproxy: [
    [
      ['2026-07-10T10:01:31.262Z', CLOSED, '198.51.100.7', '198.51.100.7 50112', none, 60.012],
      ['2026-07-10T10:02:33.009Z', CLOSED, '198.51.100.7', '198.51.100.7 50114', none, 60.009],
    ],
    1,
  ],
  nginx: [
    [
      ['2026-07-10T10:00:31.000Z', CLOSED, `198.51.100.7 ${FIREFOX}`, none, none, 60.012],
      ['2026-07-10T10:01:32.000Z', CLOSED, `198.51.100.7 ${FIREFOX}`, none, none, 60.009],
      ['2026-07-10T10:01:50.000Z', CLOSED, '2001:db8::4 Chrome/141', none, none, 3600.5],
      ['2026-07-10T10:05:00.000Z', CLOSED, '198.51.100.9 Safari/26'],
      ['2026-07-10T10:06:00.000Z', CLOSED, '198.51.100.9 Safari/26', '77', none, 1.5],
    ],
    1,
  ],
  emqx: [
    [
      ['2025-11-23T08:10:00.000Z', OPENED, 'dev-71'],
      ['2025-11-23T08:10:01.200Z', CLOSED, 'dev-71', none, none, 1.2],
      ['2025-11-23T08:10:02.001Z', OPENED, 'dev-72'],
      ['2026-08-27T20:50:13.087Z', CLOSED, 'w'],
    ],
    1,
  ],
  mosquitto: [
    [
      ['2025-11-23T08:10:00.000Z', OPENED, 'sensor-a'],
      ['2025-11-23T08:10:50.000Z', CLOSED, 'sensor-a'],
      ['2026-11-23T08:10:52.000Z', OPENED, 'sensor-a'],
      ['2026-11-23T08:11:00.000Z', CLOSED, 'sensor-a'],
      ['2026-11-23T08:11:01.000Z', OPENED, 'sensor-a'],
      ['2026-11-23T08:11:09.000Z', CLOSED, 'sensor-a'],
      ['2026-11-23T08:12:00.000Z', OPENED, 'sensor-b'],
    ],
    3,
  ],
  'home-assistant': [
    [
      ['2026-09-16T15:48:17.101Z', CLOSED, '198.51.100.4', '547467573088'],
      ['2026-09-16T15:49:22.040Z', CLOSED, '198.51.100.4', '547447737696'],
    ],
    4,
  ],
  'action-cable': [
    [
      ['2026-07-10T08:00:00.000Z', OPENED, '127.0.0.1'],
      ['2026-07-10T08:01:00.000Z', CLOSED, '127.0.0.1'],
      ['2026-07-10T08:01:03.000Z', OPENED, '127.0.0.1'],
    ],
    3,
  ],
  phoenix: [
    [
      ['2026-07-10T16:25:04.807Z', OPENED],
      ['2026-07-10T16:25:09.113Z', 'handshake_rejected'],
      ['2026-07-10T16:25:12.001Z', OPENED],
    ],
    3,
  ],
  signalr: [
    [
      ['2026-07-10T10:00:00.123Z', OPENED, 'f0Gz1', 'f0Gz1'],
      ['2026-07-10T10:01:00.123Z', CLOSED, 'f0Gz1', 'f0Gz1'],
    ],
    3,
  ],
  centrifugo: [
    [
      ['2026-07-10T10:00:00.100Z', OPENED, 'u-5', CENTRIFUGE],
      ['2026-07-10T10:01:00.600Z', CLOSED, 'u-5', CENTRIFUGE, none, 60.5],
    ],
    3,
  ],
  uvicorn: [
    [
      ['2026-07-10T10:00:00.123Z', OPENED, '198.51.100.7', '198.51.100.7 37066'],
      ['2026-07-10T10:01:01.700Z', OPENED, '198.51.100.7', '198.51.100.7 37068'],
      ['2026-07-10T10:01:02.000Z', 'handshake_rejected', '198.51.100.8', '198.51.100.8 37070'],
    ],
    3,
  ],
  'otlp-json': [
    [
      ['2025-11-23T08:10:00.000Z', OPENED, 's1', 'a'],
      ['2025-11-23T08:10:10.000Z', CLOSED, 't1', none, 1006, 10],
    ],
    1,
  ],
  ecs: [
    [
      ['2026-11-23T08:00:00.000Z', OPENED, 's1', 'a'],
      ['2026-11-23T08:00:10.000Z', CLOSED, 's1', 'a', 1006, 10],
    ],
    1,
  ],
  gelf: [
    [
      ['2025-11-23T08:10:00.123Z', OPENED, 'u1', 'a'],
      ['2025-11-23T08:10:10.123Z', CLOSED, 'u1', 'a', 1006, 10],
    ],
    1,
  ],
  gcp: [
    [
      ['2026-11-23T08:00:00.000Z', OPENED, 'u1', 'a'],
      ['2026-11-23T08:00:10.000Z', CLOSED, 'u1', 'a', 1006, 10],
    ],
    1,
  ],
};

describe('a log of a shipped format', () => {
  it.each(FORMATS)('is recognised, and tells its story: %s', async (name) => {
    const [told, ignored] = TOLD[name];
    const { told: found, file, recognised } = await toldBy(path.join(FIXTURES, `${name}.log`));
    expect(recognised).toEqual([name]);
    expect(found).toEqual(told);
    expect(file).toMatchObject({ ignored, rejected: 0 });
    expect(file).not.toHaveProperty('unread_fields');
  });
});

const recognisedOf = async (lines: readonly string[]) => {
  const file = path.join(temporaryDirectory(), 'app.log');
  fs.writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  const { recognised } = await recogniseLogs(findSources([file]));
  return recognised.map(({ format }) => format);
};

describe('a log that is near a shipped format', () => {
  const COMBINED =
    '198.51.100.7 - - [10/Jul/2026:10:00:31 +0000] "GET /ws HTTP/1.1" 101 12 "-" "Firefox/140"';

  it('is nginx’s with what nginx and its container say beside', async () => {
    const beside = [
      '/docker-entrypoint.sh: Configuration complete; ready for start up',
      '2026/07/10 10:00:00 [notice] 1#1: start worker processes',
    ];
    expect(await recognisedOf([...beside, COMBINED, ''])).toEqual(['nginx']);
  });

  it.each<[string, string[]]>([
    ['nothing on its lines', ['', ' ']],
    ['a line of nginx’s among others', [COMBINED, 'ready on port 3000']],
    ['no user agent', [COMBINED.replace(/ "-" "Firefox.*/, '')]],
    ['a status that is none', [COMBINED.replace(' 101 ', ' ok ')]],
    [
      'an app’s own request log',
      [
        '{"level":"info","msg":"request","remote_addr":"::1","status":101,"took":5}',
        '{"level":"info","msg":"request","remote_addr":"::1","status":200,"request_time":0.2}',
      ],
    ],
    [
      'records of another kind',
      [
        '{"time_iso8601":"2026-07-10T10:06:00Z","remote_addr":"::1","status":"101"}',
        '{"level":"info","msg":"hello"}',
      ],
    ],
    ['another broker’s event', ['{"event":"connected","clientid":"a","when":1}']],
    ['an MQTT client’s own words', ['client sensor-a disconnected']],
  ])('is none with %s', async (_, lines) => {
    expect(await recognisedOf(lines)).toEqual([]);
  });
});

describe('the shipped formats', () => {
  it('have a file each, of their name, that says in a sentence what they are', () => {
    const files = fs
      .readdirSync(path.join(ROOT, 'formats'))
      .map((file) => path.basename(file, '.yaml'));
    expect(files.toSorted()).toEqual([...FORMATS].toSorted());
    for (const name of FORMATS) {
      expect(formatText(name)).toMatch(new RegExp(`^name: ${name}\ndescription: .*\\.$`, 'm'));
    }
  });

  it('have a row each in the docs', () => {
    const docs = fs.readFileSync(path.join(ROOT, 'docs/log-formats.md'), 'utf8');
    for (const name of FORMATS) expect(docs).toContain(`| \`${name}\` |`);
  });

  it('are known by name, and by no other', () => {
    expect(isFormat('nginx')).toBe(true);
    expect(isFormat('toString')).toBe(false);
  });

  it('give way to what a line has under its known name', async () => {
    const file = path.join(temporaryDirectory(), 'access.log');
    const line = {
      time_iso8601: '2026-07-10T10:00:31Z',
      remote_addr: '::1',
      status: 101,
      request_time: 5,
    };
    fs.writeFileSync(
      file,
      `${JSON.stringify({ ...line, session_id: 's', connection_sequence: '2' })}\n`,
    );
    const { sources } = await recogniseLogs(findSources([file]));
    const told: unknown[] = [];
    await readRecords(sources, {
      onRecord: ({ session_id, connection_sequence }) =>
        told.push([session_id, connection_sequence]),
    });
    expect(told).toEqual([['s', 2]]);
  });

  it('are not looked for where a log speaks for itself', async () => {
    const own = findSources([path.join(ROOT, 'test/fixtures/logs/go-zap.log')]);
    expect((await recogniseLogs(own)).recognised).toEqual([]);
  });
});
