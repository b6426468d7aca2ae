import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Reaction } from '../../src/core/protocol.ts';
import { PROTOCOL_NAMES } from '../../src/protocols/index.ts';
import { runs } from '../support/thorough.ts';
import { conversation } from './support.ts';

const OPTIONS: Record<string, Record<string, unknown>> = {
  phoenix: { topic: 'room:lobby' },
  'action-cable': { channel: 'RoomChannel' },
};

/** Parts of what the servers say, to be put together wrongly. */
const WORDS = [
  '0{"sid":"x","pingInterval":1,"pingTimeout":1}',
  '40',
  '{"sid":"y"}',
  '{"type":"connection_ack","payload":null}',
  '{"type":"welcome"}',
  '{"type":"disconnect"}',
  '["1","1","room:lobby","phx_reply",',
  '{"status":"ok"}]',
  '{}\x1e',
  '{"type":7}\x1e',
  'CONNECTED\nversion:1.2\n',
  'heart-beat:1,1\n',
  '\n\0',
  'ERROR\n',
  'null',
  '[]',
  '__proto__',
];
const PACKETS = ['2003000000', '20020000', '20ff', 'e0028e00', '300300016100', 'd000', '2009'];

const text = fc
  .array(fc.oneof(fc.constantFrom(...WORDS), fc.string()), { maxLength: 4 })
  .map((parts) => parts.join(''));
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(...PACKETS).map((hex) => Uint8Array.from(Buffer.from(hex, 'hex'))),
      fc.uint8Array({ maxLength: 8 }),
    ),
    { maxLength: 4 },
  )
  .map((parts) => Uint8Array.from(parts.flatMap((part) => [...part])));

const spoken = PROTOCOL_NAMES.filter((name) => name !== 'wsdiag' && name !== 'query');

describe.each(spoken)('%s', (name) => {
  it('makes something of all that a server may say, and throws at nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(text, bytes), { maxLength: 6 }), (messages) => {
        const talk = conversation(name, OPTIONS[name]);
        talk.opened();
        let welcomes = 0;
        for (const message of messages) {
          const { welcome, keepAlive, failure }: Reaction = talk.received(message);
          if (welcome) welcomes += 1;
          if (keepAlive) expect(keepAlive.everyMs).toBeGreaterThan(0);
          if (failure !== undefined) break;
        }
        expect(welcomes).toBeLessThanOrEqual(1);
      }),
      { numRuns: runs(3000) },
    );
  });
});
