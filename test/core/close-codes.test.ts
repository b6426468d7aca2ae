import { expect, it } from 'vitest';
import { isPageCloseCode, MAX_REASON_BYTES } from '../../src/core/close-codes.ts';
import { closeReason, pageCloseCode } from '../../src/faults/fields.ts';

it('lets a page close with the same codes as a scenario', () => {
  const codes = Array.from({ length: 0x10000 }, (_, code) => code);
  const isOf = (code: number) => pageCloseCode.safeParse(code).success;
  expect(codes.filter(isPageCloseCode)).toEqual(codes.filter(isOf));
  expect(codes.filter(isPageCloseCode)).toHaveLength(2001);
});

it('lets a page close with a reason as long as that of a scenario', () => {
  const isReason = (bytes: number) => closeReason.safeParse('x'.repeat(bytes)).success;
  expect(isReason(MAX_REASON_BYTES)).toBe(true);
  expect(isReason(MAX_REASON_BYTES + 1)).toBe(false);
});
