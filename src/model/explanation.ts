/** What the lines of a log were read as, kind by kind. Texts are as they stand in the log. */

/** Lines that are alike. */
export interface LineKind {
  /** An event; or what became of lines that are none. */
  readAs: string;
  /** Why lines are no event; null for events. */
  reason: string | null;
  lines: number;
  /** The first of them, from 1. */
  line: number;
  text: string;
  fields: ReadField[];
  /** Of lines that may be about connections and are not understood: what stands where in the first of them. */
  has: { path: string; value: string }[];
  /** It may be about connections, and nothing says so that is known. */
  isSuspected: boolean;
}

/** A field of a record, and where in the line it is from. */
export interface ReadField {
  field: string;
  from: string;
  value: string;
}

export interface Explanation {
  file: string;
  /** The shipped or given description that it was read by; `given` for one without a name. */
  format: string | null;
  lines: number;
  kinds: LineKind[];
  /** Lines of kinds that are too many to be told. */
  otherLines: number;
  /** To start from, in YAML; null where one is given, all is understood, or nothing can be guessed. */
  suggestion: string | null;
  /** The shipped description that it was read by without being told, as it is written. */
  recognised: string | null;
}
