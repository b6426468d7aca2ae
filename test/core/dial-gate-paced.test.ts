import { describe, expect, it } from 'vitest';
import type { DialGate } from '../../src/core/dial-gate.ts';
import { Pace } from '../../src/core/dial-gate-paced.ts';
import { FakeBrowser } from '../support/fake-host.ts';

/** A gate that lets everyone go, and one behind it that lets ten a second. */
function paced() {
  const clock = new FakeBrowser();
  const ended: string[] = [];
  const open: DialGate = {
    ask(go) {
      go();
      return { opened: () => ended.push('opened'), ended: (how) => ended.push(how) };
    },
  };
  const gate = new Pace(clock, 10).behind(open);
  const gone: [who: string, at: number][] = [];
  const ask = (who: string) => gate.ask(() => gone.push([who, clock.now()]));
  return { clock, ask, gone, ended };
}

describe('a pace of ten dials a second', () => {
  it('lets one go at once, and the others evenly in their order', () => {
    const { clock, ask, gone } = paced();
    for (const who of ['a', 'b', 'c']) ask(who);
    expect(gone).toEqual([['a', 0]]);
    clock.pass(99);
    expect(gone).toHaveLength(1);
    clock.pass(1000);
    expect(gone).toEqual([
      ['a', 0],
      ['b', 100],
      ['c', 200],
    ]);
  });

  it('saves up nothing for those who come later', () => {
    const { clock, ask, gone } = paced();
    ask('a');
    clock.pass(5000);
    for (const who of ['b', 'c']) ask(who);
    clock.pass(100);
    expect(gone).toEqual([
      ['a', 0],
      ['b', 5000],
      ['c', 5090],
    ]);
  });

  it('passes over a dial that is given up before its turn', () => {
    const { clock, ask, gone, ended } = paced();
    ask('a');
    ask('b').ended('given-up');
    ask('c');
    clock.pass(1000);
    expect(gone).toEqual([
      ['a', 0],
      ['c', 100],
    ]);
    expect(ended).toEqual(['given-up']);
  });
});
