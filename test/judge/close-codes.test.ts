import { describe, expect, it } from 'vitest';
import { type Ends, type FaultOnEnds, judgeEnds } from '../../src/judge/close-codes.ts';

type Client = Ends['client'];
type Server = [code: number | null, by: string] | undefined;

function about(client: Client, server: Server, faults: FaultOnEnds[] = [], delayed = false) {
  const [close_code, closed_by] = server ?? [];
  const end = server && { close_code: close_code as number | null, closed_by: closed_by as string };
  return judgeEnds({ client, server: end }, faults, delayed)?.about;
}

const fault = (client: number | null, server: number | null, half_open = false): FaultOnEnds => ({
  client_close_code: client,
  server_close_code: server,
  half_open,
});

describe('two ends without a fault', () => {
  it.each<[Client, Server]>([
    [1000, [1000, 'peer']],
    [1006, [1006, 'network']],
    [1012, [1012, 'server']],
    ['unloaded', [1001, 'peer']],
    ['unloaded', [1012, 'server']],
    ['unloaded', [1006, 'superseded']],
    ['unloaded', [1006, 'heartbeat']],
    [1006, [4001, 'peer']],
    [1013, [1006, 'server']],
    [4000, [1006, 'superseded']],
    [1006, undefined],
  ])('agree: client %s, server %j', (client, server) => {
    expect(about(client, server)).toBeUndefined();
  });

  it.each<[Client, Server]>([
    [1000, [1001, 'peer']],
    [1000, [1006, 'network']],
    [1006, [1000, 'server']],
    [1006, [1001, 'network']],
    ['unloaded', [1006, 'network']],
    ['unloaded', [1000, 'peer']],
    [null, [1006, 'network']],
  ])('disagree: client %s, server %j', (client, server) => {
    expect(about(client, server)).toBe('close_code');
  });

  describe.each<[Client & string, number[]]>([
    ['unloaded', [1001]],
    ['cached', [1000, 1001, 1005, 1006]],
    ['vanished', [1001, 1006]],
  ])('of a page that is %s', (client, codes) => {
    it.each([1000, 1001, 1005, 1006, 1012, 3000, 4001, 4409])(
      'agree with some codes that the server heard: %i',
      (code) => {
        const by = code === 1006 ? 'network' : 'peer';
        expect(about(client, [code, by])).toBe(codes.includes(code) ? undefined : 'close_code');
      },
    );

    it('agree with any that the server closed with', () => {
      for (const by of ['server', 'superseded', 'heartbeat', 'unknown']) {
        expect(about(client, [1013, by])).toBeUndefined();
      }
      expect(about(client, undefined)).toBeUndefined();
    });

    it('agree, under a fault, with these and with what it expects', () => {
      const hit = [fault(null, 1001), fault(4001, 4001)];
      for (const code of [...codes, 1001, 4001]) {
        expect(about(client, [code, 'peer'], hit)).toBeUndefined();
      }
      expect(about(client, [4002, 'peer'], hit)).toBe('fault');
    });
  });

  it('agree on a server that closed for the age before a fault did', () => {
    const restart = [fault(1012, 1012)];
    expect(about(1001, [1001, 'server'], restart)).toBeUndefined();
    expect(about(1001, undefined, [fault(1006, null)])).toBeUndefined();
    expect(about(1001, [1001, 'peer'], restart)).toBe('fault');
    expect(about(1012, [1001, 'server'], restart)).toBe('fault');
  });

  it('may disagree by a 1006 where nobody says who ended it, or by what the server leaves out', () => {
    expect(about(1000, [1006, 'unknown'])).toBeUndefined();
    expect(about(1006, [1000, 'unknown'])).toBeUndefined();
    expect(about(1000, [1001, 'unknown'])).toBe('close_code');
    expect(about(1000, [null, 'unknown'])).toBeUndefined();
  });

  it('may disagree by a 1006 where frames were held back', () => {
    expect(about(1000, [1006, 'network'], [], true)).toBeUndefined();
    expect(about('unloaded', [1006, 'network'], [], true)).toBeUndefined();
    expect(about(1000, [1001, 'peer'], [], true)).toBe('close_code');
  });
});

describe('two ends with a fault', () => {
  const drop = fault(1006, 1006);
  const refresh = fault(null, 1001);
  const kill = fault(1006, null);
  const restart = fault(1012, 1012);

  it.each<[Client, Server, FaultOnEnds[]]>([
    [1006, [1006, 'network'], [drop]],
    ['unloaded', [1006, 'network'], [drop]],
    ['unloaded', [1001, 'peer'], [refresh]],
    ['unloaded', [1006, 'superseded'], [refresh]],
    ['unloaded', [1012, 'server'], [refresh]],
    ['unloaded', [1001, 'peer'], [drop, refresh]],
    [1006, [1006, 'network'], [refresh, drop]],
    [1006, undefined, [kill]],
    ['unloaded', undefined, [kill]],
    [1012, [1012, 'server'], [restart]],
    [1006, undefined, [restart]],
    [1006, [1006, 'heartbeat'], [fault(1006, 1006, true)]],
    [1006, [4001, 'peer'], [fault(4001, 4001)]],
    [1006, [1006, 'server'], [restart, fault(null, null, true)]],
    [1000, [1000, 'peer'], [fault(null, null)]],
    // The link was back before anybody had heard that it went.
    [1012, [1012, 'server'], [fault(1006, 1006, true)]],
    ['unloaded', [1001, 'peer'], [fault(1006, 1006, true)]],
    // It is said once the link is back.
    [1006, [1005, 'peer'], [fault(1006, 1006, true)]],
  ])('are what it leads to: client %s, server %j, %j', (client, server, faults) => {
    expect(about(client, server, faults)).toBeUndefined();
  });

  it.each<[Client, Server, FaultOnEnds[]]>([
    [1000, [1000, 'peer'], [drop]],
    [1006, [1000, 'peer'], [drop]],
    ['unloaded', [1001, 'peer'], [drop]],
    [1012, undefined, [kill]],
    [1006, [1006, 'network'], [restart]],
    ['unloaded', [1006, 'network'], [refresh]],
    [1000, [1012, 'server'], [fault(1006, 1006, true)]],
    [1000, undefined, [fault(1006, 1006, true)]],
    ['unloaded', [4001, 'peer'], [fault(1006, 1006, true)]],
    [1006, [1005, 'peer'], [drop]],
  ])('are not what it leads to: client %s, server %j, %j', (client, server, faults) => {
    expect(about(client, server, faults)).toBe('fault');
  });

  it('are judged by each other where it expects nothing', () => {
    expect(about(1000, [1006, 'network'], [fault(null, null)])).toBe('close_code');
  });

  it('say what was expected', () => {
    const ends: Ends = { client: 1000, server: { close_code: 1006, closed_by: 'network' } };
    expect(judgeEnds(ends, [drop, refresh], false)).toEqual({
      about: 'fault',
      client: '1000',
      server: '1006 by network',
      expected: 'client 1006, server 1006 or 1001',
    });
  });
});
