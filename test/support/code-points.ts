import fc from 'fast-check';

/**
 * A character of any code point but a surrogate's. fast-check's `unit: 'binary'` is the same, and lists all of
 * them beforehand, which takes over a second.
 */
export const codePoint: fc.Arbitrary<string> = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
