import { InvalidArgumentError, Option } from 'commander';
import { formatDuration, MAX_DURATION_MS, parseDuration } from '../core/duration.ts';
import { UsageError } from '../model/user-error.ts';

/** Parsers of option values; each throws what commander shows with the option's name. */

export function integer(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high) {
      throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
    }
    return value;
  };
}

export const seed = integer(0, Number.MAX_SAFE_INTEGER);
export const port = integer(0, 65_535);

/** A duration with its unit; milliseconds in code. */
export function duration(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) {
    throw new InvalidArgumentError('It must be a duration, such as 250ms, 1.5s or 2m.');
  }
  if (ms > MAX_DURATION_MS) throw new InvalidArgumentError('It must be at most 24h.');
  return ms;
}

/** Of an option that may be given several times. */
export const collected = (text: string, previous: string[] = []): string[] => [...previous, text];

export function nonEmpty(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It must not be empty.');
  return text;
}

/** An option that takes a duration, its default shown as one. */
export function durationOption(flags: string, description: string, defaultMs: number): Option {
  return new Option(flags, description)
    .argParser(duration)
    .default(defaultMs, formatDuration(defaultMs));
}

/** Makes the parser of an option of one that tells of mistakes by `UsageError`. */
export const argument =
  <T>(parse: (text: string, previous?: T) => T) =>
  (text: string, previous?: T): T => {
    try {
      return parse(text, previous);
    } catch (error) {
      throw error instanceof UsageError ? new InvalidArgumentError(error.message) : error;
    }
  };
