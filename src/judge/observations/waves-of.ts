import { addDelay, first, type WaveSecond } from '../activity/waves.ts';

/** Losses within a second, wherever it begins. */
export interface Wave extends WaveSecond {
  /** It goes on from the one before. */
  isSequel: boolean;
}

/** Seconds that many sessions were lost in; two of them are one wave where all lies within a second. */
export function wavesOf(seconds: readonly WaveSecond[]): Wave[] {
  const waves: Wave[] = [];
  let last = Number.NaN;
  for (let at = 0; at < seconds.length; at++) {
    const one = seconds[at] as WaveSecond;
    const next = seconds[at + 1];
    const isShared = next?.key === one.key + 1 && next.to - one.from <= 1000;
    const isSequel = one.key === last + 1;
    waves.push({ ...(isShared ? joined(one, next) : one), isSequel });
    if (isShared) at += 1;
    last = one.key + Number(isShared);
  }
  return waves;
}

function joined(one: WaveSecond, other: WaveSecond): WaveSecond {
  const delays = new Map([...one.delays].map(([bin, delay]) => [bin, [...delay] as typeof delay]));
  for (const [bin, delay] of other.delays) addDelay(delays, bin, delay);
  return {
    ...one,
    sessions: one.sessions + other.sessions - other.again,
    to: other.to,
    lost: first(one.lost, other.lost) ?? one.lost,
    back: first(one.back, other.back),
    delays,
  };
}
