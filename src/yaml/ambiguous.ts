/**
 * Plain scalars that YAML 1.1 and 1.2 read differently (yaml.org/type for 1.1, "Core Schema" of
 * YAML 1.2.2), with what to write instead. Files move between tools of both kinds, so neither
 * reading is taken.
 */
const AMBIGUOUS: [RegExp, advice: string][] = [
  [/^(y|n|yes|no|on|off)$/i, 'quote it'],
  [/^[-+]?0[\d_]+$/, 'write it without the leading zero, or quote it'],
  [/^[-+]?\d[\d_]*_[\d_]*(\.[\d_]*)?$/, 'write it without "_", or quote it'],
  [/^[-+]?\d[\d_]*(:[0-5]?\d)+(\.[\d_]*)?$/, 'write a duration such as 90s, or quote it'],
  [/^\d{4}-\d\d?-\d\d?([Tt\s].*)?$/, 'quote it'],
  [/^(0o[0-7]+|[-+]?0b[01_]+)$/, 'write it in decimal, or quote it'],
  [/^[-+]?(\.\d+|\d+(\.\d*)?)e[-+]?\d+$/i, 'write the number out, or quote it'],
];

/** Nothing longer can be meant as one of these; and the patterns need not be linear. */
const LONGEST = 40;

/** What to write instead; undefined where both YAML versions agree. */
export function adviceOn(plainScalar: string): string | undefined {
  if (plainScalar.length > LONGEST) return undefined;
  return AMBIGUOUS.find(([pattern]) => pattern.test(plainScalar))?.[1];
}
