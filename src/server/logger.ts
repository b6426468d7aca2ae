/** What lines are written with: pino's shape, and bunyan's. */
export interface Logger {
  /**
   * @param line the line's fields, `event` first; the logger adds the time
   * @param message the same in words
   */
  info(line: object, message: string): unknown;
}

/** Of pino's levels, the one that each line has. */
const INFO = 30;

/**
 * A logger that makes each line one object of JSON, with its time.
 *
 * @param write gets a line, without a line feed at its end
 */
export function jsonLines(write: (line: string) => unknown): Logger {
  return {
    info: (line, message) =>
      write(JSON.stringify({ level: INFO, time: new Date().toISOString(), ...line, msg: message })),
  };
}

/**
 * Writes with a logger, whatever it does: one that throws, or whose promise is rejected, loses its line, and
 * the application hears nothing of it.
 *
 * @throws TypeError where it is no logger
 */
export function quietWriter(logger: Logger): (line: object, message: string) => void {
  if (typeof logger?.info !== 'function') {
    throw new TypeError('logger: expected an object with info(line, message), such as pino()');
  }
  const target = isConsole(logger) ? jsonLines((line) => logger.info(line)) : logger;
  return (line, message) => {
    try {
      const written = target.info(line, message) as Partial<PromiseLike<unknown>> | undefined;
      if (typeof written?.then === 'function') written.then(undefined, () => {});
    } catch {}
  };
}

/** A console would print the object as a person reads it, over several lines. */
const isConsole = (logger: object): logger is Console =>
  logger === console ||
  (typeof console.Console === 'function' && logger instanceof console.Console);
