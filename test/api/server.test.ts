import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { check, EnvironmentError, startServer, UsageError } from 'wsdiag';
import { startBrowser, temporaryDirectory } from '../support/world.ts';

describe('startServer', () => {
  it('takes clients until it is stopped, and has logged them by then', async () => {
    const log = path.join(temporaryDirectory(), 'server.ndjson');
    const server = await startServer({ log, heartbeatMs: 5000, pingMessageMs: 1000 });
    expect(server.url).toBe(`ws://127.0.0.1:${server.port}`);
    const client = startBrowser(server.url);
    client.browser.open('tab').load();
    await client.log.next('connection_opened', { connection_sequence: 1 });
    const closed = client.log.next('connection_closed', { close_code: 1012 });
    await server.stop();
    await closed;
    const { verdict, metrics } = await check(log);
    expect({ verdict, sessions: metrics.sessions }).toEqual({ verdict: 'pass', sessions: 1 });
  });

  it('rejects a port that is taken, a log that can not be opened, and no heartbeat', async () => {
    const { port, stop } = await startServer();
    onTestFinished(stop);
    const log = path.join(temporaryDirectory(), 'missing/server.ndjson');
    const errors = await Promise.all(
      [{ port }, { log }, { heartbeatMs: 0 }].map((options) =>
        startServer(options).catch((error) => error),
      ),
    );
    expect(errors.map((error) => error.constructor)).toEqual([
      EnvironmentError,
      EnvironmentError,
      UsageError,
    ]);
    expect(errors[0].message).toContain(`127.0.0.1:${port} is taken`);
    expect(errors[1].message).toContain(`can't open ${log}`);
    expect(errors[2].message).toBe('heartbeatMs must be at least 10 ms, not 0');
  });
});
