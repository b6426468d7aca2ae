import { describe, expect, it } from 'vitest';
import { type ClientAs, HABITS } from '../../src/core/habits.ts';
import { PageTimers } from '../../src/core/page-timers.ts';
import { FakeClock } from '../support/fake-host.ts';

/** Timers of a page, and when each has fired. Periods begin when it is hidden. */
function open(as: ClientAs = 'chromium') {
  const clock = new FakeClock();
  const timers = new PageTimers(clock, () => 0, HABITS[as]);
  const fired: string[] = [];
  const set = (delayMs: number, name = 'timer') =>
    timers.setTimer(delayMs, () => fired.push(`${name} ${clock.now()}`));
  return { clock, timers, fired, set };
}

/** Sets itself again each time. */
function chain(timers: PageTimers, delayMs: number, note: () => void): void {
  timers.setTimer(delayMs, () => {
    note();
    chain(timers, delayMs, note);
  });
}

describe('timers of a computer that sleeps', () => {
  it('stand still, and fire at once and in order when it wakes', () => {
    const { clock, timers, fired, set } = open();
    set(300, 'second');
    set(200, 'first');
    set(900, 'later');
    timers.sleep();
    set(100, 'set asleep');
    clock.pass(500);
    expect(fired).toEqual([]);
    timers.wake();
    expect(fired).toEqual(['set asleep 500', 'first 500', 'second 500']);
    clock.pass(1000);
    expect(fired.at(-1)).toBe('later 900');
    expect(clock.timers).toBe(0);
  });

  it('do not fire where one that woke before has cleared them', () => {
    const { clock, timers, fired, set } = open();
    const second = set(200);
    timers.setTimer(100, () => timers.clearTimer(second));
    timers.sleep();
    clock.pass(500);
    timers.wake();
    clock.pass(500);
    expect(fired).toEqual([]);
  });
});

describe('timers of a hidden page', () => {
  it.each([
    ['chromium', 1000],
    ['firefox', 1000],
    ['node', 300],
  ] as const)('fire once a second in a browser: %s', (as, firedAt) => {
    const { clock, timers, fired, set } = open(as);
    set(300);
    timers.setHidden(true);
    clock.pass(2000);
    expect(fired).toEqual([`timer ${firedAt}`]);
  });

  it('are as ever when it is shown again, those that are late at once', () => {
    const { clock, timers, fired, set } = open();
    timers.setHidden(true);
    set(300, 'late');
    set(1800, 'due');
    clock.pass(500);
    timers.setHidden(false);
    clock.pass(2000);
    expect(fired).toEqual(['late 500', 'due 1800']);
  });

  it.each([
    ['chromium', 60_000],
    ['firefox', 1000],
  ] as const)('fire once a minute after five, if they set each other: %s', (as, everyMs) => {
    const { clock, timers } = open(as);
    const at: number[] = [];
    chain(timers, 500, () => at.push(clock.now()));
    timers.setHidden(true);
    clock.pass(20 * 60_000);
    const [last = 0, previous = 0] = at.toReversed();
    expect(last - previous).toBe(everyMs);
  });

  it('fire once a second after five minutes too where no timer set them', () => {
    const { clock, timers, fired, set } = open();
    timers.setHidden(true);
    clock.pass(10 * 60_000);
    set(300);
    clock.pass(1000);
    expect(fired).toEqual(['timer 601000']);
  });
});
