import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import {
  accepted,
  BadMessage,
  clockReading,
  closes,
  collect,
  collected,
  encode,
  manifest,
  parseMessage,
  status,
  toWorker,
  workerInfo,
} from '../../src/fleet/messages.ts';
import { runs } from '../support/thorough.ts';
import { JOIN, MESSAGES } from './messages.ts';

const SCHEMAS: Record<string, z.ZodType> = {
  accepted,
  clockReading,
  closes,
  collect,
  collected,
  manifest,
  status,
  toWorker,
  workerInfo,
};

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Takes it, or says that it can't: never anything else. */
function isTaken(schema: z.ZodType, data: Uint8Array): boolean {
  try {
    parseMessage(schema, data);
    return true;
  } catch (error) {
    if (error instanceof BadMessage) return false;
    throw error;
  }
}

describe.each(Object.entries(SCHEMAS))('a message of the kind %s', (_, schema) => {
  it('is refused as a bad message where it is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        expect(isTaken(schema, data)).toBe(false);
      }),
      { numRuns: runs(2000) },
    );
    fc.assert(
      fc.property(fc.json(), (text) => {
        isTaken(schema, bytesOf(text));
      }),
      { numRuns: runs(2000) },
    );
  });

  it('is taken or refused whatever one of its fields is', () => {
    const fields = fc.record({
      message: fc.constantFrom(...MESSAGES),
      key: fc.string(),
      value: fc.jsonValue(),
    });
    fc.assert(
      fc.property(fields, fc.nat(), ({ message, key, value }, nth) => {
        const names = [...Object.keys(message), key, '__proto__', 'constructor'];
        const name = JSON.stringify(names[nth % names.length]);
        const text = `${encode(message).slice(0, -1)}, ${name}: ${JSON.stringify(value)}}`;
        isTaken(schema, bytesOf(text));
      }),
      { numRuns: runs(2000) },
    );
  });

  it.each([
    ['nested deep', '['.repeat(200_000)],
    ['nested deep, and whole', `${'['.repeat(100_000)}${']'.repeat(100_000)}`],
    ['nothing', ''],
    ['not UTF-8', '\xff'],
    ['a number too large', '{"type":"open","storm":"a","epoch_ms":1e999}'],
  ])('is refused where it is %s', (_, text) => {
    expect(isTaken(schema, Buffer.from(text, 'latin1'))).toBe(false);
  });
});

describe('a message to a worker', () => {
  it.each(MESSAGES.map((message) => [message.type, message] as const))(
    '%s is taken',
    (_, message) => {
      expect(parseMessage(toWorker, bytesOf(encode(message)))).toEqual(message);
    },
  );

  it.each([
    ['a storm whose name is a path', { storm: '../../etc' }],
    ['a worker without a number', { worker: 0 }],
    ['a scenario larger than any', { scenario: 'x'.repeat(600 * 1024) }],
    ['an address that is none', { url: 'nonsense' }],
    ['an address of something else', { url: 'http://127.0.0.1/' }],
    ['a field more', { start: 'rm -rf /' }],
  ])('is refused with %s', (_, fields) => {
    expect(isTaken(toWorker, bytesOf(encode({ ...JOIN, ...fields })))).toBe(false);
  });
});
