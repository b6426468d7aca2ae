import type { ComparedSetting, Series } from '../model/comparison.ts';

const LEFT_OUT = 'default';

/** What scenarios that are known have otherwise. A default that no side has written is not told of. */
export function settingsOf(series: readonly Series[]): ComparedSetting[] {
  const known = series.flatMap(({ settings }) => (settings ? [settings] : []));
  const names = new Set(known.flatMap((settings) => Object.keys(settings)));
  return [...names]
    .filter((name) => {
      const all = known.map((settings) => settings[name]);
      return (
        new Set(all.map((one) => one?.value)).size > 1 && all.some((one) => one?.written != null)
      );
    })
    .map((setting) => ({
      setting,
      values: series.map(({ settings }) => settings && (settings[setting]?.written ?? LEFT_OUT)),
    }));
}
