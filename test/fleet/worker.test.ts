import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { createInbox, type NatsConnection } from '@nats-io/transport-node';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { collectLogs } from '../../src/fleet/collect.ts';
import { writeFleet } from '../../src/fleet/fleet-file.ts';
import { fetchLogs, openBucket } from '../../src/fleet/logs.ts';
import { encode, parseMessage, SUBJECTS, toWorker } from '../../src/fleet/messages.ts';
import { connectTo, startWorker } from '../support/fleet.ts';
import { NatsServer, withNats } from '../support/nats.ts';
import { temporaryDirectory } from '../support/world.ts';
import { JOIN, MESSAGES } from './messages.ts';

/** As a machine that is busy with something else needs. */
const PATIENTLY = { timeout: 30_000 };

withNats('a worker', () => {
  let server: NatsServer;
  beforeAll(async () => {
    server = await NatsServer.start();
  });
  afterAll(() => server.stop());

  it('answers nothing to what is no message, and is there after all of it', async () => {
    const { worker, notes } = await startWorker(server.url);
    const nats = await connectTo(server.url);
    const answers: string[] = [];
    const inbox = createInbox();
    nats.subscribe(inbox, { callback: (_, message) => void answers.push(message.string()) });
    for (const data of noMessages()) {
      nats.publish(SUBJECTS.worker(worker.id), data, { reply: inbox });
      nats.publish(SUBJECTS.collect, data, { reply: inbox });
    }
    const info = await nats.request(SUBJECTS.who, '', PATIENTLY);
    expect(info.json()).toMatchObject({ id: worker.id, busy: false });
    expect(await ask(nats, worker.id, { type: 'clock' })).toHaveProperty('wall_ms');
    expect(answers).toEqual([]);
    expect(notes.length).toBeGreaterThan(0);
    expect(notes.length).toBeLessThanOrEqual(20);
  });

  it('does nothing that another storm than its own is told', async () => {
    const { worker } = await startWorker(server.url);
    const nats = await connectTo(server.url);
    for (const message of MESSAGES.filter(({ type }) => type !== 'clock' && type !== 'join')) {
      expect(await ask(nats, worker.id, message)).toHaveProperty('refused');
    }
    expect(worker.info.busy).toBe(false);
  });

  it('takes one storm, and no second beside it', async () => {
    const { worker } = await startWorker(server.url);
    const nats = await connectTo(server.url);
    expect(await ask(nats, worker.id, JOIN)).toEqual({ ok: true });
    expect(await ask(nats, worker.id, { ...JOIN, storm: 'storm-2' })).toEqual({
      refused: 'plays another storm',
    });
    expect(worker.info.busy).toBe(true);
  });

  it('is free, and keeps nothing, once a storm is called off that has not begun', async () => {
    const { worker, directory } = await startWorker(server.url);
    const nats = await connectTo(server.url);
    const { storm } = JOIN;
    expect(await ask(nats, worker.id, JOIN)).toEqual({ ok: true });
    await ask(nats, worker.id, { type: 'stop', storm });
    expect(worker.info.busy).toBe(false);
    expect(await ask(nats, worker.id, JOIN)).toEqual({ ok: true });
    await ask(nats, worker.id, { type: 'open', storm, epoch_ms: 0 });
    await expect.poll(() => status(nats, worker.id)).toBe('ready');
    await ask(nats, worker.id, { type: 'stop', storm });
    await expect.poll(() => worker.info.busy, { timeout: 20_000 }).toBe(false);
    expect(fs.readdirSync(directory)).toEqual([]);
  });

  it('forgets no storm that it still plays', async () => {
    const { worker } = await startWorker(server.url);
    const nats = await connectTo(server.url);
    const { storm } = JOIN;
    const scenario = 'name: long\nduration: 1h\nclients: { count: 1 }\n';
    await ask(nats, worker.id, { ...JOIN, scenario });
    await ask(nats, worker.id, { type: 'open', storm, epoch_ms: 0 });
    await expect.poll(() => status(nats, worker.id)).toBe('ready');
    await ask(nats, worker.id, { type: 'start', storm, at_ms: performance.now() });
    expect(await ask(nats, worker.id, { type: 'done', storm })).toEqual({ refused: 'still plays' });
    expect(worker.info.busy).toBe(true);
  });

  it('sends the logs of all shares of a storm that it keeps', async () => {
    const { worker, directory } = await startWorker(server.url);
    const nats = await connectTo(server.url);
    for (const share of [1, 2]) {
      const kept = path.join(directory, `kept-${share}`);
      fs.mkdirSync(kept);
      fs.writeFileSync(path.join(kept, 'client.ndjson'), `${share}\n`);
      fs.writeFileSync(path.join(kept, 'faults.ndjson'), '');
    }
    const answer = await nats.request(
      SUBJECTS.collect,
      encode({ storm: 'kept', done: false }),
      PATIENTLY,
    );
    expect(answer.json()).toEqual({ workers: [1, 2], name: worker.info.name });
    const bucket = await openBucket(nats, 'kept');
    const run = temporaryDirectory();
    for (const share of [1, 2]) {
      const fetched = (log: string) => path.join(run, `${log}-${share}.ndjson`);
      expect(await fetchLogs(bucket, share, fetched)).toBe(true);
      expect(fs.readFileSync(fetched('client'), 'utf8')).toBe(`${share}\n`);
    }
    // What is here is not asked for again, should NATS have it no more.
    await bucket.destroy();
    writeFleet(run, { storm: 'kept', workers: [{ worker: 2, name: 'any' }] });
    expect(await collectLogs(nats, run)).toEqual([]);
  });

  it('dials no faster than its user allows, whoever has the server', async () => {
    const { worker } = await startWorker(server.url, { maxDialsPerSecond: 0.01 });
    const nats = await connectTo(server.url);
    const { storm } = JOIN;
    const target = await startTarget();
    const scenario = 'name: many\nduration: 1h\nclients: { count: 5 }\n';
    const url = `ws://127.0.0.1:${target.port}/`;
    await ask(nats, worker.id, { ...JOIN, scenario, url });
    await ask(nats, worker.id, { type: 'open', storm, epoch_ms: 0 });
    await expect.poll(() => status(nats, worker.id)).toBe('ready');
    await ask(nats, worker.id, { type: 'start', storm, at_ms: performance.now() });
    await target.isDialled;
    await ask(nats, worker.id, { type: 'stop', storm });
    await expect.poll(() => status(nats, worker.id), { timeout: 20_000 }).toBe('played');
    expect(target.dials).toBe(1);
  });

  it('lets itself not be sent at hosts that its user has not named', async () => {
    const { worker } = await startWorker(server.url, { allowRemote: ['mine.example'] });
    const nats = await connectTo(server.url);
    const join = { ...JOIN, url: 'ws://yours.example/' };
    expect(await ask(nats, worker.id, join)).toEqual({
      refused: expect.stringMatching(/^yours\.example .*--allow-remote yours\.example$/),
    });
    const scenario = `${JOIN.scenario}target: { url: 'ws://yours.example/' }\n`;
    expect(await ask(nats, worker.id, { ...JOIN, url: null, scenario })).toEqual({
      refused: expect.stringMatching(/^yours\.example .*--allow-remote yours\.example$/),
    });
    expect(await ask(nats, worker.id, { ...JOIN, url: 'ws://mine.example/' })).toEqual({
      ok: true,
    });
  });

  it.each([
    ['another version', { wsdiag_version: '0.0.1' }, /^is wsdiag .*, and not 0\.0\.1$/],
    ['more clients than it carries', { scenario: withClients(2000) }, /needs 2000 sockets/],
    ['a scenario that is none', { scenario: 'name: [' }, /./],
  ])('says why it refuses %s', async (_, fields, refused) => {
    const { worker } = await startWorker(server.url);
    const nats = await connectTo(server.url);
    expect(await ask(nats, worker.id, { ...JOIN, ...fields })).toEqual({
      refused: expect.stringMatching(refused),
    });
    expect(worker.info.busy).toBe(false);
  });

  it('plays no storm twice whose logs it keeps', async () => {
    const { worker, directory } = await startWorker(server.url);
    const nats = await connectTo(server.url);
    fs.mkdirSync(path.join(directory, `${JOIN.storm}-1`));
    expect(await ask(nats, worker.id, JOIN)).toEqual({
      refused: expect.stringMatching(/^has logs of that storm already/),
    });
  });

  it('starts nothing, reads no file and looks up no variable that a scenario names', async () => {
    process.env.WSDIAG_TEST_SECRET = 'its own secret';
    const { worker, directory } = await startWorker(server.url);
    const nats = await connectTo(server.url);
    const mark = path.join(temporaryDirectory(), 'started');
    const target = await startTarget();
    const scenario = (more: string) => `name: hostile
duration: 300ms
clients: { count: 2 }
target:
  url: ws://127.0.0.1:${target.port}/
${more}`;
    const join = { ...JOIN, url: null };
    for (const [more, refused] of [
      ['  ca: /etc/passwd\n', /etc\/passwd was not sent/],
      [
        `  protocol: custom\n  hello: '${place('env.WSDIAG_TEST_SECRET')}'\n`,
        /WSDIAG_TEST_SECRET, which is not set/,
      ],
    ] as const) {
      expect(await ask(nats, worker.id, { ...join, scenario: scenario(more) })).toEqual({
        refused: expect.stringMatching(refused),
      });
    }
    const starts = scenario(
      `  start: { command: 'touch ${mark}' }\n  log: { file: /etc/passwd }\n`,
    );
    expect(await ask(nats, worker.id, { ...join, scenario: starts })).toEqual({ ok: true });
    await ask(nats, worker.id, { type: 'open', storm: JOIN.storm, epoch_ms: 0 });
    await expect.poll(() => status(nats, worker.id)).toBe('ready');
    await ask(nats, worker.id, { type: 'start', storm: JOIN.storm, at_ms: performance.now() });
    await target.isDialled;
    await ask(nats, worker.id, { type: 'stop', storm: JOIN.storm });
    await expect.poll(() => status(nats, worker.id), { timeout: 20_000 }).toBe('played');
    expect(fs.existsSync(mark)).toBe(false);
    const files = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
    const text = files
      .filter((file) => file.isFile())
      .map((file) => fs.readFileSync(path.join(file.parentPath, file.name), 'utf8'));
    expect(text.join('')).toContain('client_started');
    expect(text.join('')).not.toMatch(/root:|its own secret/);
    delete process.env.WSDIAG_TEST_SECRET;
  });
});

function noMessages(): Uint8Array[] {
  const mutated = fc
    .tuple(fc.constantFrom(...MESSAGES), fc.string(), fc.jsonValue())
    .map(([message, key, value]) => Buffer.from(encode({ ...message, [key]: value })));
  return fc
    .sample(fc.oneof(fc.uint8Array({ maxLength: 100 }), mutated), { numRuns: 300, seed: 1 })
    .filter((data) => !isMessage(data));
}

function isMessage(data: Uint8Array): boolean {
  try {
    parseMessage(toWorker, data);
    return true;
  } catch {
    return false;
  }
}

async function ask(nats: NatsConnection, id: string, message: object): Promise<unknown> {
  return (await nats.request(SUBJECTS.worker(id), encode(message), PATIENTLY)).json();
}

/** Where a value is filled in. */
const place = (name: string) => `\${${name}}`;

const status = async (nats: NatsConnection, id: string) =>
  ((await ask(nats, id, { type: 'ping', storm: JOIN.storm })) as { state?: string }).state;

const withClients = (count: number) =>
  `name: many\nduration: 200ms\nclients: { count: ${count} }\n`;

/** Takes connections, and says nothing. */
async function startTarget() {
  let dialled = () => {};
  const isDialled = new Promise<void>((resolve) => {
    dialled = resolve;
  });
  const target = { port: 0, isDialled, dials: 0 };
  const server = net.createServer((socket) => {
    target.dials += 1;
    dialled();
    socket
      .on('error', () => {})
      .on('end', () => socket.end())
      .resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target.port = (server.address() as net.AddressInfo).port;
  onTestFinished(() => void server.close());
  return target;
}
