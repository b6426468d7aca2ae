import fs from 'node:fs';
import path from 'node:path';
import type { ObjectStore } from '@nats-io/obj';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fetchLogs, openBucket, sendLogs } from '../../src/fleet/logs.ts';
import { EnvironmentError } from '../../src/simulate/errors.ts';
import { connectTo } from '../support/fleet.ts';
import { NatsServer, withNats } from '../support/nats.ts';
import { temporaryDirectory } from '../support/world.ts';

const PART_BYTES = 1000;

withNats('logs of a worker', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.stop());

  async function setUp(storm: string) {
    const bucket = await openBucket(await connectTo(server.url), storm);
    const directory = temporaryDirectory();
    const at = (name: string) => path.join(directory, name);
    const paths = { client: at('client.ndjson'), faults: at('faults.ndjson') };
    fs.writeFileSync(paths.client, 'a line of the client\n'.repeat(300));
    fs.writeFileSync(paths.faults, '');
    const fetched = (log: string) => at(`fetched-${log}`);
    return { bucket, paths, fetched };
  }

  it('arrive byte by byte, the empty one too', async () => {
    const { bucket, paths, fetched } = await setUp('whole');
    await sendLogs(bucket, 2, paths, { partBytes: PART_BYTES });
    expect(await fetchLogs(bucket, 2, fetched)).toBe(true);
    for (const log of ['client', 'faults'] as const) {
      expect(fs.readFileSync(fetched(log))).toEqual(fs.readFileSync(paths[log]));
    }
    expect(await fetchLogs(bucket, 1, fetched)).toBe(false);
  });

  it('go on where their transfer broke', async () => {
    const { bucket, paths, fetched } = await setUp('broken');
    const sent: string[] = [];
    const recording = (breaksAfter: number): ObjectStore =>
      Object.assign(Object.create(bucket), {
        putBlob: (...[meta, data, options]: Parameters<ObjectStore['putBlob']>) => {
          if (sent.length === breaksAfter) throw new Error('the connection is lost');
          sent.push(meta.name);
          return bucket.putBlob(meta, data, options);
        },
      });
    await expect(sendLogs(recording(3), 1, paths, { partBytes: PART_BYTES })).rejects.toThrow(
      'is lost',
    );
    expect(await fetchLogs(bucket, 1, fetched)).toBe(false);
    expect(fs.existsSync(fetched('client'))).toBe(false);
    await sendLogs(recording(Number.POSITIVE_INFINITY), 1, paths, { partBytes: PART_BYTES });
    // Seven parts, and the manifest: none of them twice.
    expect(sent).toHaveLength(8);
    expect(new Set(sent).size).toBe(8);
    expect(await fetchLogs(bucket, 1, fetched)).toBe(true);
  });

  it('that are not what was sent are refused, and leave nothing', async () => {
    const { bucket, paths, fetched } = await setUp('changed');
    await sendLogs(bucket, 1, paths, { partBytes: PART_BYTES });
    const other = await bucket.getBlob('client-1.ndjson.0.gz');
    await bucket.putBlob({ name: 'client-1.ndjson.3.gz' }, other);
    await expect(fetchLogs(bucket, 1, fetched)).rejects.toThrow(EnvironmentError);
    await bucket.delete('client-1.ndjson.3.gz');
    await expect(fetchLogs(bucket, 1, fetched)).rejects.toThrow('part 4 of 7 is missing');
    expect(fs.existsSync(fetched('client'))).toBe(false);
  });
});
