import fs from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { AGAIN } from '../support/fleet.ts';
import { DROPS, endsWith, machines } from '../support/machines.ts';
import { withNetworks } from '../support/namespaces.ts';
import { withNats } from '../support/nats.ts';

// `tc netem`, which delays and loses packets, is in few kernels of virtual machines: links go down instead.

withNats('over NATS', () => {
  withNetworks('machines of their own', () => {
    it('are told of when cut off: one is back, and one keeps what is missed', AGAIN, async () => {
      const { fleet, simulate, workers, hub, nats } = await machines(3);
      const [, three, two] = workers.toSorted((a, b) => a.name.localeCompare(b.name));
      const storm = simulate(DROPS);
      await storm.cli.until(/(?:2\d|30)\/30 connected/);
      two?.machine.setLink('down');
      three?.machine.setLink('down');
      await storm.cli.until(/\(two\) is silent; the others go on/);
      await storm.cli.until(/\(three\) is silent; the others go on/);
      two?.machine.setLink('up');
      const ended = await storm.ended();
      expect(ended).toMatchObject({ code: 3, verdict: 'unknown' });
      expect(ended.doubts).toEqual(expect.arrayContaining(['worker-lost', 'log-missing']));
      expect(ended.stderr).toMatch(/logs of three are not here; .*wsdiag collect/);
      expect(ended.stderr).not.toContain('(one) is');
      const joined = storm.logged('worker_joined').map(({ name }) => name);
      const logOf = (name: string) =>
        path.join(storm.directory, `client-${joined.indexOf(name) + 1}.ndjson`);
      expect(['one', 'two', 'three'].map((name) => fs.existsSync(logOf(name)))).toEqual([
        true,
        true,
        false,
      ]);
      await three?.cli.until(/NATS is lost|the coordinator is lost: stopping/);
      // The link is mended, and the worker has what it played.
      three?.machine.setLink('up');
      const collect = async () => {
        const args = ['collect', storm.directory, '--nats', nats.url];
        return (await fleet.start(args, { under: hub.under }).outcome).code;
      };
      await expect.poll(collect, { timeout: 60_000, interval: 1000 }).toBe(0);
      expect(fs.existsSync(logOf('three'))).toBe(true);
      await endsWith(fleet, workers);
    });
  });
});
