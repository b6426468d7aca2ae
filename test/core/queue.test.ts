import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Place, Queue } from '../../src/core/queue.ts';

describe('a queue', () => {
  it('has its oldest first, whoever leaves it from wherever', () => {
    const step = fc.oneof(fc.constant('push' as const), fc.nat({ max: 9 }));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        const queue = new Queue<number>();
        const model: Place<number>[] = [];
        for (const [value, step] of steps.entries()) {
          if (step === 'push') model.push(queue.push(value));
          else for (const place of model.splice(step, 1)) queue.remove(place);
          expect(queue.length).toBe(model.length);
          expect(queue.oldest).toBe(model[0]?.value);
        }
      }),
    );
  });
});
