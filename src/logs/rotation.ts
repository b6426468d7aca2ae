/** `-2026-11-22`, `.20261122`, `_2026-11-22T10-30`: what a rotated file has in its name. */
const DATE = /[-._]\d{4}-?\d\d-?\d\d(?:[T_-]?\d\d(?:[-:.]?\d\d(?:[-:.]?\d\d(?:\.\d{1,9})?)?)?Z?)?$/;
const NUMBER = /\.(\d{1,5})$/;
const EXTENSION = /\.(?:ndjson|jsonl|log|json)$/;

export interface RotatedName {
  /** What the files of one log have in common. */
  stem: string;
  /** Number that rotation gave it: the higher, the older. */
  number: number | null;
  hasExtension: boolean;
}

/**
 * Takes a file's name apart: `server.ndjson`, `server.ndjson.2.gz`, `server.1.log`,
 * `server-2026-11-22.log` and `server.log-20261122` are all files of `server`. Of another log are
 * `server-2.log` and `server-10.0.0.2.log`.
 */
export function parseRotated(name: string): RotatedName {
  const whole = withoutRotation(name.replace(/\.gz$/, ''));
  const { text: stem, number } = withoutRotation(whole.text.replace(EXTENSION, ''));
  return { stem, number: whole.number ?? number, hasExtension: EXTENSION.test(whole.text) };
}

function withoutRotation(text: string): { text: string; number: number | null } {
  const [suffix = '', number] = NUMBER.exec(text) ?? [];
  const rest = text.slice(0, text.length - suffix.length);
  // After a digit it is more of an address or a version; a date may end in decimals, or have a number.
  const isNumbered = suffix !== '' && !DATE.test(text) && (!/\d$/.test(rest) || DATE.test(rest));
  return isNumbered
    ? { text: rest.replace(DATE, ''), number: Number(number) }
    : { text: text.replace(DATE, ''), number: null };
}
