/** What that gives, or undefined where it throws. */
export function attempted<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {}
}
