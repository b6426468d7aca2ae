import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectNats } from '../../src/fleet/connect.ts';
import { fetchLogs, openBucket, sendLogs } from '../../src/fleet/logs.ts';
import { encode, SUBJECTS } from '../../src/fleet/messages.ts';
import { freePort } from '../support/cli.ts';
import { NatsServer, withNats } from '../support/nats.ts';
import { blocksOf, projectWith } from '../support/project.ts';
import { temporaryDirectory } from '../support/world.ts';

const CONF = path.join(import.meta.dirname, '../../examples/kubernetes/nats.conf');
const TLS = path.join(import.meta.dirname, '../fixtures/tls');
const BIN = path.join(import.meta.dirname, '../../bin/wsdiag.js');

/** The commands of how-to "On machines that you reach by SSH": those of its blocks, in order. */
function commands(): string {
  const blocks = blocksOf('many-machines.md', 'console').map((block) =>
    block.replace(/^\$ /gm, ''),
  );
  const first = blocks.findIndex((block) => block.includes('nats.conf'));
  const last = blocks.findIndex((block) => block.includes('kill $(cat worker.pid)'));
  return blocks.slice(first, last + 1).join('\n');
}

/** Machines are directories here, and what npm installs is there already. */
const STAND_INS: Record<string, string> = {
  npm: 'true',
  npx: 'shift; exec node_modules/.bin/wsdiag "$@"',
  scp: 'for last; do :; done; shift; for file; do [ "$file" = "$last" ] || cp -p "$file" "$MACHINES/$last/"; done',
  ssh: 'cd "$MACHINES/$1:" && exec sh -c "$2"',
};

const WAITS = {
  nats: "until grep -q 'Server is ready' nats.log; do sleep 0.1; done",
  workers:
    "for host in load-1 load-2; do until grep -q 'ready for' $MACHINES/$host:/worker.log; do sleep 0.1; done; done",
};

/** A folder like that of the how-to's reader. */
function folder(): string {
  const project = projectWith([], { 'wsdiag-0.1.0.tgz': '' });
  fs.mkdirSync(path.join(project, 'node_modules/.bin'));
  fs.symlinkSync(BIN, path.join(project, 'node_modules/.bin/wsdiag'));
  return project;
}

withNats('docs/many-machines.md', () => {
  it('has workers over SSH, as it says, with a NATS that lets nobody do more than is needed', async () => {
    const here = folder();
    const machines = ['load-1', 'load-2'].map((name) => path.join(here, 'machines', `${name}:`));
    for (const machine of machines) {
      fs.mkdirSync(machine, { recursive: true });
      fs.symlinkSync(path.join(here, 'node_modules'), path.join(machine, 'node_modules'));
    }
    fs.mkdirSync(path.join(here, 'bin'));
    for (const [name, script] of Object.entries(STAND_INS)) {
      fs.writeFileSync(path.join(here, 'bin', name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    }
    const [nats, target] = [await freePort(), await freePort()];
    const script = commands()
      .replaceAll('storm-1', 'localhost')
      .replaceAll('4222', `${nats}`)
      .replaceAll('8080', `${target}`)
      .replace('--clients 400', '--clients 40')
      .replace(/^cp .*nats\.conf \.$/m, `$&\nsed -i s/4222/${nats}/ nats.conf`)
      .replace(/^nats-server .*$/m, `$&\n${WAITS.nats}`)
      .replace(/^npx wsdiag workers$/m, `${WAITS.workers}\n$&`);
    const shell = spawn('bash', ['-ec', `${script}\nkill %1\nwait`], {
      cwd: here,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${here}/bin:${process.env.PATH}:/usr/sbin`,
        HOME: here,
        MACHINES: path.join(here, 'machines'),
      },
    });
    onTestFinished(() => {
      // Where it failed midway, NATS and workers are in its group.
      try {
        process.kill(-(shell.pid as number), 'SIGKILL');
      } catch {
        // All has ended.
      }
    });
    const [stdout, stderr, [code]] = await Promise.all([
      text(shell.stdout),
      text(shell.stderr),
      once(shell, 'exit'),
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^load-1 .* free .*\nload-2 .* free /m);
    expect(stdout).toMatch(/^ {2}workers {5}2, clocks within /m);
    expect(stdout).toMatch(/^✔ pass {2}deploy$/m);
    expect(fs.readFileSync(path.join(here, 'nats.log'), 'utf8')).not.toContain('Violation');
  });

  describe('users of examples/kubernetes/nats.conf', () => {
    /** Each with a connection; passwords are theirs alone here. */
    async function users() {
      const file = path.join(temporaryDirectory(), 'nats.conf');
      const conf = fs
        .readFileSync(CONF, 'utf8')
        // The test's server has a place of its own.
        .replace(/^jetstream .*$/m, '')
        .replace('tls/tls.crt', `${TLS}/cert.pem`)
        .replace('tls/tls.key', `${TLS}/key.pem`)
        .replace('$COORDINATOR_PASSWORD', 'coordinator')
        .replace('$WORKER_PASSWORD', 'worker');
      fs.writeFileSync(file, conf);
      const server = await NatsServer.start({ args: ['-c', file] });
      onTestFinished(() => server.stop());
      const as = async (user: string) => {
        const env = { NATS_USER: user, NATS_PASSWORD: user, NATS_CA: `${TLS}/cert.pem` };
        const url = server.url.replace('127.0.0.1', 'localhost');
        const nats = await connectNats({ url, name: user, env });
        onTestFinished(() => nats.close());
        return nats;
      };
      return { coordinator: await as('coordinator'), worker: await as('worker') };
    }

    it('send and fetch a log of several parts', async () => {
      const { coordinator, worker } = await users();
      const directory = temporaryDirectory();
      const [client, faults] = ['client', 'faults'].map((name) => path.join(directory, name));
      const text = randomBytes(9_000_000);
      fs.writeFileSync(client as string, text);
      fs.writeFileSync(faults as string, '');
      const bucket = await openBucket(coordinator, 'storm');
      const paths = { client: client as string, faults: faults as string };
      await sendLogs(await openBucket(worker, 'storm'), 1, paths);
      const pathOf = (log: string) => path.join(directory, `${log}-1.ndjson`);
      expect(await fetchLogs(bucket, 1, pathOf)).toBe(true);
      expect(fs.readFileSync(pathOf('client')).equals(text)).toBe(true);
      expect(await bucket.destroy()).toBe(true);
    });

    it('do not tell a worker what to do if they are one', async () => {
      const { worker } = await users();
      const told = worker.request(SUBJECTS.worker('other'), encode({ type: 'clock' }));
      await expect(told).rejects.toThrow('Permissions Violation');
    });
  });
});
