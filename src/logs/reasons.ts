/** Why a line is rejected, where others ask for it. */
export const REASON = {
  tooLong: 'longer than 1 MiB',
  cut: 'cut by a collector at 16 KiB',
  notJson: 'not JSON',
  notObject: 'not a JSON object',
  noTime: 'no "time"',
  badTime: 'a "time" that is none',
} as const;
