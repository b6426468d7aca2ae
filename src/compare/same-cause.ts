import type { Cause } from '../model/causes.ts';

/**
 * Whether two runs' causes may be one: they show in a common finding, and what led to them does not differ. What is left
 * out of one, by chance or because not all its findings share it, tells them not apart.
 */
export function isSameCause(one: Cause, other: Cause): boolean {
  return (
    one.codes.some((code) => other.codes.includes(code)) &&
    (['event', 'close_code', 'fault'] as const).every((part) => {
      const [led, ledOther] = [one.after[part], other.after[part]];
      return led == null || ledOther == null || led === ledOther;
    })
  );
}
