import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { FORMATS } from '../../src/logs/formats.ts';
import { type Told, toldBy } from './told.ts';

/** Logs that the same software writes at other levels, with other options, or in other versions. */
const SHAPES = path.join(import.meta.dirname, '../fixtures/logs/shapes');

const OPENED = 'connection_opened';
const CLOSED = 'connection_closed';
const CENTRIFUGE = '3f1c5f0e-0b57-4b3b-9d0e-7c2b1b2f3a10';
const none = undefined;

/** By format and shape: what each log tells, and how many of its lines are about something else. */
const TOLD: Record<string, [told: Told[], ignored: number]> = {
  'action-cable.development': [
    [
      ['2026-07-10T08:00:00.000Z', OPENED, '::1'],
      ['2026-07-10T08:00:30.000Z', CLOSED, '::1'],
    ],
    2,
  ],
  'action-cable.logger-formatter': [
    [
      ['2026-07-10T08:00:00.000Z', OPENED, '2001:db8::4'],
      ['2026-07-10T08:00:09.000Z', CLOSED, '2001:db8::4'],
    ],
    1,
  ],
  'action-cable.tagged': [
    [
      ['2026-07-10T08:00:00.000Z', OPENED, '198.51.100.7'],
      ['2026-07-10T08:01:00.000Z', CLOSED, '198.51.100.7'],
    ],
    1,
  ],
  'aws-api-gateway.access': [
    [
      ['2026-02-02T02:40:00.000Z', OPENED, '198.51.100.7', 'Abc1='],
      ['2026-02-02T02:41:00.000Z', CLOSED, '198.51.100.7', 'Abc1=', none, 60],
    ],
    0,
  ],
  'aws-api-gateway.disconnect-event': [
    [['2026-02-02T02:50:00.000Z', CLOSED, '198.51.100.7', 'Abc1=', 1001, 600]],
    0,
  ],
  'aws-api-gateway.lambda': [[['2026-02-02T02:40:00.010Z', OPENED, 'u-5', 'Abc1=']], 2],
  'caddy.before-client-ip': [
    [
      [
        '2022-02-28T03:31:51.050Z',
        CLOSED,
        '203.0.113.9 Firefox/136',
        '203.0.113.9:46530',
        none,
        9.5,
      ],
    ],
    0,
  ],
  'caddy.compose': [
    [
      [
        '2025-04-30T13:18:31.050Z',
        CLOSED,
        '203.0.113.9 Firefox/136',
        '203.0.113.9 46530',
        none,
        9.012345,
      ],
    ],
    1,
  ],
  'caddy.console': [
    [
      [
        '2025-04-30T13:20:00.500Z',
        CLOSED,
        '203.0.113.9 Firefox/136',
        '203.0.113.9 46560',
        none,
        9.5,
      ],
    ],
    1,
  ],
  'caddy.string-durations': [
    [['2025-04-30T13:18:31.050Z', CLOSED, '203.0.113.9 Firefox/136', '10.0.0.2 46530', none, 69.5]],
    0,
  ],
  'centrifugo.console': [
    [
      ['2026-07-10T10:00:01.000Z', OPENED, 'u-5', CENTRIFUGE],
      ['2026-07-10T10:01:01.000Z', CLOSED, 'u-5', CENTRIFUGE, none, 60.5],
    ],
    2,
  ],
  'centrifugo.milliseconds': [
    [
      ['2026-07-10T10:00:00.000Z', OPENED, 'u-5', CENTRIFUGE],
      ['2026-07-10T10:01:00.000Z', CLOSED, 'u-5', CENTRIFUGE, none, 60.50025],
    ],
    1,
  ],
  'centrifugo.nameless': [
    [
      ['2026-07-10T10:00:00.000Z', OPENED, none, CENTRIFUGE],
      ['2026-07-10T10:00:01.000Z', CLOSED, none, CENTRIFUGE, none, 1.004],
    ],
    2,
  ],
  'ecs.by-message': [[['2026-11-23T08:00:00.000Z', OPENED, 's1']], 0],
  'ecs.dotted': [
    [
      ['2026-11-23T08:00:00.000Z', OPENED, 's1', 'a'],
      ['2026-11-23T08:00:10.000Z', CLOSED, 's1', none, 1001, 10],
    ],
    0,
  ],
  'ecs.nested': [[['2026-11-23T08:00:00.000Z', CLOSED, 'u-5', 'c1', none, 2.5]], 0],
  'emqx.own-json': [[['2026-08-27T20:50:13.087Z', CLOSED, 'dev-71']], 0],
  'emqx.rule': [
    [
      ['2025-11-23T08:10:00.001Z', OPENED, 'dev-71'],
      ['2025-11-23T08:10:10.001Z', CLOSED, 'dev-71', none, none, 10.001],
    ],
    0,
  ],
  'emqx.topic-and-json': [
    [
      ['2025-11-23T08:10:00.000Z', OPENED, 'dev-71'],
      ['2025-11-23T08:11:01.200Z', CLOSED, 'dev-71', none, none, 61.2],
    ],
    0,
  ],
  'envoy.default': [
    [
      [
        '2026-07-10T10:01:00.322Z',
        CLOSED,
        '198.51.100.7 Firefox/140',
        'cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2',
        none,
        60.012,
      ],
    ],
    1,
  ],
  'envoy.istio-json': [
    [['2026-07-10T10:03:00.250Z', CLOSED, '198.51.100.7 Firefox/140', 'ff21d9b0', none, 60.25]],
    0,
  ],
  'envoy.istio-text': [
    [
      [
        '2026-07-10T10:01:03.500Z',
        CLOSED,
        '198.51.100.7 Firefox/140',
        'ee21d9b0-cf5c-432b-8c7e-98aeb7988cd2',
        none,
        1.5,
      ],
    ],
    0,
  ],
  'gcp.json-payload': [
    [
      ['2026-11-23T08:00:00.000Z', OPENED, 's1', 'a'],
      ['2026-11-23T08:00:10.000Z', CLOSED, 's1', 'a', 1001, 10],
    ],
    0,
  ],
  'gcp.nested-session': [[['2026-11-23T08:00:00.000Z', CLOSED, 's1', none, 1006, 2.5]], 0],
  'gcp.text-payload': [[['2026-11-23T08:00:00.000Z', OPENED]], 1],
  'gelf.by-action': [[['2025-11-23T08:10:00.000Z', CLOSED, 'u-5', 'c1', 4401]], 0],
  'gelf.of-app': [
    [
      ['2025-11-23T08:10:00.123Z', OPENED, 's1', 'a'],
      ['2025-11-23T08:10:05.123Z', CLOSED, 's1', 'a', 1006, 5],
    ],
    0,
  ],
  'gelf.of-docker': [[['2025-11-23T08:10:00.500Z', OPENED, 'u-5']], 0],
  'haproxy.httpslog': [
    [['2026-07-10T10:02:31.000Z', CLOSED, '198.51.100.7', '198.51.100.7 50116', none, 30]],
    0,
  ],
  'haproxy.raw-ipv6': [
    [
      [
        '2026-07-10T10:02:33.009Z',
        CLOSED,
        '::ffff:198.51.100.7',
        '::ffff:198.51.100.7 50114',
        none,
        60.009,
      ],
    ],
    1,
  ],
  'haproxy.syslog-iso': [
    [['2026-07-10T10:01:31.262Z', CLOSED, '198.51.100.7', '198.51.100.7 50112', none, 60.012]],
    1,
  ],
  'home-assistant.debug': [
    [
      ['2026-09-16T15:48:07.101Z', OPENED, '198.51.100.4', '547467573088'],
      ['2026-09-16T15:49:17.101Z', CLOSED, '198.51.100.4', '547467573088'],
    ],
    1,
  ],
  'home-assistant.in-colours': [
    [['2026-09-16T15:48:17.101Z', CLOSED, '198.51.100.4', '547467573088']],
    1,
  ],
  'home-assistant.ipv6': [[['2026-09-16T15:49:22.040Z', CLOSED, '2001:db8::4', '547447737696']], 0],
  'mosquitto.iso-compose': [
    [
      ['2026-11-23T08:10:52.000Z', OPENED, 'sensor-a'],
      ['2026-11-23T08:11:00.000Z', CLOSED, 'sensor-a'],
    ],
    0,
  ],
  'mosquitto.since-1970': [
    [
      ['2025-11-23T08:10:00.000Z', OPENED, 'sensor-a'],
      ['2025-11-23T08:10:50.000Z', CLOSED, 'sensor-a'],
    ],
    1,
  ],
  'mosquitto.with-addresses': [
    [
      ['2026-11-23T08:11:01.000Z', OPENED, 'sensor-a'],
      ['2026-11-23T08:11:09.000Z', CLOSED, 'sensor-a'],
      ['2026-11-23T08:11:10.000Z', CLOSED, 'sensor-b'],
    ],
    0,
  ],
  'nginx.ingress-controller': [
    [['2026-07-10T10:00:31.000Z', CLOSED, '198.51.100.7 Firefox/140', none, none, 60.012]],
    1,
  ],
  'nginx.json-in-quotes': [
    [['2026-07-10T10:00:31.000Z', CLOSED, '198.51.100.7 Firefox/140', '811', none, 60.012]],
    1,
  ],
  'nginx.main-of-its-image': [
    [['2026-07-10T10:00:31.000Z', CLOSED, '198.51.100.7 Firefox/140']],
    4,
  ],
  'nginx.named-times': [
    [['2026-07-10T10:00:31.000Z', CLOSED, '198.51.100.7 Firefox/140', none, none, 60.012]],
    0,
  ],
  'nginx.syslog': [[['2026-07-10T10:00:31.000Z', CLOSED, '198.51.100.7 Firefox/140']], 0],
  'otlp-json.collector': [
    [
      ['2025-11-23T08:10:00.000Z', OPENED, 's1'],
      ['2025-11-23T08:10:10.000Z', CLOSED, 's1', none, 1001, 10],
    ],
    0,
  ],
  'otlp-json.event-name': [
    [
      ['2025-11-23T08:10:00.000Z', OPENED, 't1'],
      ['2025-11-23T08:11:00.000Z', CLOSED, 't1', none, 1006],
    ],
    0,
  ],
  'otlp-json.observed-time': [[['2025-11-23T08:10:00.000Z', OPENED, 'u-5', 'c1']], 0],
  'phoenix.dated': [[['2026-07-10T16:25:04.807Z', OPENED]], 2],
  'phoenix.logger-json': [[['2026-07-10T16:25:04.807Z', OPENED]], 1],
  'phoenix.metadata': [
    [
      ['2026-07-10T16:25:12.001Z', OPENED],
      ['2026-07-10T16:25:13.001Z', 'handshake_rejected'],
    ],
    0,
  ],
  'signalr.of-users': [
    [
      ['2026-07-10T10:00:00.123Z', OPENED, 'jane', 'f0Gz1'],
      ['2026-07-10T10:00:30.123Z', CLOSED, 'jane', 'f0Gz1'],
      ['2026-07-10T10:00:33.123Z', OPENED, 'jane', 'q7RtY'],
    ],
    0,
  ],
  'signalr.rendered': [
    [
      ['2026-07-10T10:00:00.123Z', OPENED, 'f0Gz1', 'f0Gz1'],
      ['2026-07-10T10:01:00.123Z', CLOSED, 'f0Gz1', 'f0Gz1'],
    ],
    0,
  ],
  'signalr.trace': [
    [
      ['2026-07-10T10:00:00.123Z', OPENED, 'f0Gz1', 'f0Gz1'],
      ['2026-07-10T10:00:02.133Z', CLOSED, 'f0Gz1', 'f0Gz1'],
    ],
    2,
  ],
  'traefik.common': [
    [
      ['2026-07-10T10:02:32.009Z', CLOSED, '198.51.100.7', none, none, 60.009],
      ['2026-07-10T10:02:35.500Z', CLOSED, '198.51.100.7 Firefox/140', none, none, 1.5],
    ],
    1,
  ],
  'traefik.compose-without-time': [
    [
      [
        '2026-07-10T10:00:33.600Z',
        CLOSED,
        '198.51.100.7 Firefox/140',
        '198.51.100.7:50114',
        none,
        1.5,
      ],
    ],
    0,
  ],
  'traefik.json': [
    [
      [
        '2026-07-10T10:00:31.000Z',
        CLOSED,
        '198.51.100.7',
        '198.51.100.7:50112',
        none,
        60.012345678,
      ],
    ],
    1,
  ],
  'uvicorn.docker-times': [
    [['2026-07-10T10:00:00.123Z', OPENED, '198.51.100.7', '198.51.100.7 37066']],
    2,
  ],
  'uvicorn.ipv6': [
    [
      ['2026-07-10T10:00:00.123Z', OPENED, '::1', '::1 37066'],
      ['2026-07-10T10:00:01.123Z', OPENED, '2001:db8::4', '2001:db8::4 37068'],
    ],
    0,
  ],
  'uvicorn.own-formatter': [
    [
      ['2026-07-10T10:00:00.123Z', OPENED, '198.51.100.7', '198.51.100.7 37066'],
      ['2026-07-10T10:00:01.123Z', 'handshake_rejected', '198.51.100.8', '198.51.100.8 37068'],
    ],
    1,
  ],
};

const formatOf = (shape: string): string => shape.slice(0, shape.indexOf('.'));

describe('a shape of a shipped format', () => {
  it.each(Object.entries(TOLD))(
    'is recognised, and tells its story: %s',
    async (shape, [told, ignored]) => {
      const found = await toldBy(path.join(SHAPES, `${shape}.log`));
      expect(found.recognised).toEqual([formatOf(shape)]);
      expect(found.told).toEqual(told);
      expect(found.file).toMatchObject({ ignored, rejected: 0 });
      expect(found.file).not.toHaveProperty('unread_fields');
    },
  );

  it('has a log each, and three there are of each format at least', () => {
    const logs = fs.readdirSync(SHAPES).map((file) => path.basename(file, '.log'));
    expect(logs.toSorted()).toEqual(Object.keys(TOLD).toSorted());
    for (const format of FORMATS) {
      const shapes = logs.filter((shape) => formatOf(shape) === format);
      expect(shapes.length, format).toBeGreaterThanOrEqual(3);
    }
  });
});
