import type { DurationUnit } from './durations.ts';

/**
 * How a log tells of connections, with every default filled in. Plain data: it is handed to worker threads.
 * Names of values are paths of keys, with dots between them; a pattern's group has a name like a key.
 */
export interface Description {
  name: string | null;
  /** Of lines of words, and of the words before a record: the first that matches counts. */
  patterns: readonly string[];
  time: { from: readonly string[]; zone: string | null };
  /** Where the event stands: the first that a line has. Empty where the known names do. */
  event: readonly string[];
  /** For canonical event names, what stands for them: a text, or a `/pattern/`. */
  events: Readonly<Record<string, readonly string[]>>;
  /** For canonical field names, where they come from. */
  fields: Readonly<Record<string, FieldSource>>;
  /** All lines that name no session are of one. */
  isOneSession: boolean;
  /** What a line has to have: one of the texts, or what matches one of the `/patterns/`. */
  where: Readonly<Record<string, readonly string[]>>;
  /** Nobody asked for it, so a field that a line has under its known name counts more. */
  givesWay: boolean;
  /** By what a log is known to be of this kind; null where it has to be said. */
  recognisedBy: Recognition | null;
}

export interface Recognition {
  /** Each in the way of `where`; one is enough. */
  ways: readonly Description['where'][];
  /** Of every line, and not of one. */
  isEveryLine: boolean;
}

export interface FieldSource {
  /** The first of these that a line has. */
  from: readonly string[];
  /** What the field is made of together, in place of the above; empty where it stands in one place. */
  parts: readonly FieldSource[];
  /** Looked for in the value; its group is the field's. */
  pattern: string | null;
  unit: DurationUnit | null;
}

export const NO_DESCRIPTION: Description = {
  name: null,
  patterns: [],
  time: { from: [], zone: null },
  event: [],
  events: {},
  fields: {},
  isOneSession: false,
  where: {},
  givesWay: false,
  recognisedBy: null,
};

export const NO_SOURCE: FieldSource = { from: [], parts: [], pattern: null, unit: null };
