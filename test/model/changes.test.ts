import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Changes } from '../../src/model/changes.ts';

describe('how many are at once', () => {
  it('is told by times, in whatever order they come', () => {
    const changes = fc.array(fc.tuple(fc.nat(50), fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(changes, (all) => {
        const counted = new Changes();
        for (const [time, isMore] of all) counted.add(1_700_000_000_000 + time, isMore);
        let [now, most] = [0, 0];
        // What ends within a millisecond does so first.
        for (const [, isMore] of all.toSorted(([t, one], [u, other]) => t - u || +one - +other)) {
          now += isMore ? 1 : -1;
          most = Math.max(most, now);
        }
        expect(counted.peak()).toBe(most);
      }),
    );
  });

  it('is not known of more changes than are held', () => {
    const changes = new Changes(3);
    for (let time = 0; time < 3; time++) changes.add(time, true);
    expect(changes.peak()).toBe(3);
    changes.add(3, true);
    expect(changes.peak()).toBeNull();
  });
});
