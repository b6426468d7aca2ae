/** `-2026-11-22`, `.20261122`, `_2026-11-22T10-30`: what a rotated file has in its name. */
const DATE = /[-._]\d{4}-?\d\d-?\d\d(?:[T_-]?\d\d(?:[-:.]?\d\d(?:[-:.]?\d\d(?:\.\d{1,9})?)?)?Z?)?$/;
const NUMBER = /\.\d{1,5}$/;
const EXTENSION = /\.(?:ndjson|jsonl|log|json)$/;

export interface RotatedName {
  /** What the files of one log have in common. */
  stem: string;
  /** Number that rotation gave it: the higher, the older. */
  number: number | null;
  hasExtension: boolean;
}

/**
 * Takes a file's name apart: `server.ndjson`, `server.ndjson.2.gz`, `server-2026-11-22.log` and
 * `server.log-20261122` are all files of `server`. A dash and a number is another log: `server-2.log`.
 */
export function parseRotated(name: string): RotatedName {
  let number: number | null = null;
  const withoutRotation = (text: string): string => {
    const numbered = NUMBER.exec(text);
    // A date may end in what looks like a number, and be followed by one.
    if (numbered !== null && !DATE.test(text)) {
      number ??= Number(numbered[0].slice(1));
      return withoutRotation(text.slice(0, numbered.index));
    }
    return text.replace(DATE, '');
  };
  const whole = withoutRotation(name.replace(/\.gz$/, ''));
  const stem = withoutRotation(whole.replace(EXTENSION, ''));
  return { stem, number, hasExtension: EXTENSION.test(whole) };
}
