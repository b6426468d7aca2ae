/**
 * What is drawn of logs: columns of numbers, not objects, because a page holds thousands of sessions.
 * Times are milliseconds after `started_at_ms`, unless their name says otherwise.
 */
export interface ChartData {
  /** Whose log it is drawn from. The client's has the attempts that never reached the server. */
  side: 'client' | 'server';
  /** Milliseconds since the epoch. */
  started_at_ms: number;
  duration_ms: number;
  /** Sessions there are, drawn or not. */
  sessions: number;
  rate: Rate;
  connected: ConnectedSteps;
  recoveries: Recoveries;
  /** By occurrence, in order of time. */
  faults: FaultMarks;
  /** Worst first. */
  lanes: Lanes;
}

/** How many attempts and welcomes there were in each of some bins of equal width. */
export interface Rate {
  bin_ms: number;
  /** Where the first bin begins: on a round time, so at the start or a little before. */
  first_ms: number;
  attempts: number[];
  welcomes: number[];
}

/** Sessions with a connection, from each time until the next. */
export interface ConnectedSteps {
  time_ms: number[];
  sessions: number[];
}

/** How many losses took how long, from the loss to the session's next welcome. */
export interface Recoveries {
  /** One more than counts. */
  edges_ms: number[];
  counts: number[];
}

export interface FaultMarks {
  time_ms: number[];
  /** -1 where it was over at once, or the log does not tell. */
  ended_ms: number[];
  /** Index into `names`. */
  fault: number[];
  /** Sessions that were hit. */
  sessions: number[];
  names: string[];
}

/**
 * One lane a session, and the connections and attempts of all lanes in one table. -1 is a time that the
 * log does not tell.
 */
export interface Lanes {
  session_id: string[];
  /** The run ended around an open tab that was not connected. */
  lost: boolean[];
  /** Connections of the lane that are not drawn: there were too many. */
  undrawn: number[];
  /** Rows of the table below. */
  size: number[];
  /** 0 where the line had none that is usable. */
  connection_sequence: number[];
  attempted_ms: number[];
  opened_ms: number[];
  ended_ms: number[];
  /** A close code, or one of `ENDS`. */
  end: number[];
  /** Of each whose end is `failed`, in order, what it failed with: index into `failures`; -1 where that is not known. */
  failure: number[];
  failures: string[];
}

/** Ends without a close code; they share a column with close codes, which begin at 1000. */
export const ENDS = {
  /** It was never welcomed. */
  failed: 0,
  /** The page reloaded, and never saw the close. */
  reloaded: 1,
  tab_closed: 2,
  /** The run ended around the open tab. */
  run_ended: 3,
  /** The log does not tell. */
  untold: 4,
  /** The page went: to another, to the back/forward cache, or without a word. */
  page_left: 5,
} as const;
