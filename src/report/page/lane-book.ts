import { ENDS } from '../../model/chart-data.ts';
import type { PageData } from '../page-data.ts';

/** A connection or attempt; times are -1 where the log does not tell. */
export interface LaneConnection {
  sequence: number;
  attempted: number;
  opened: number;
  ended: number;
  end: number;
  /** What it failed with; empty where it did not, or that is not known. */
  failure: string;
}

export interface Lane {
  id: string;
  /** Findings about its session. */
  findings: number;
  /** It was not connected when the run ended around its open tab. */
  lost: boolean;
  /** Connections that are not drawn. */
  undrawn: number;
  connections: LaneConnection[];
}

export interface LaneBook {
  ids: readonly string[];
  lane(index: number): Lane;
  meanings: Record<string, string>;
  /** Sessions there are, drawn or not. */
  sessions: number;
}

/** Lanes, picked from the columns of the chart data when they are asked for. */
export function laneBook({ chart_data: chartData, lane_findings, meanings }: PageData): LaneBook {
  if (chartData === null) throw new Error('there are no lanes without chart data');
  const { lanes, sessions } = chartData;
  const begins: number[] = [];
  lanes.size.reduce((begin, size, index) => {
    begins[index] = begin;
    return begin + size;
  }, 0);
  const failed = new Map<number, string>();
  for (const [row, end] of lanes.end.entries()) {
    if (end !== ENDS.failed) continue;
    failed.set(row, lanes.failures[lanes.failure[failed.size] ?? -1] ?? '');
  }
  const connection = (row: number): LaneConnection => ({
    sequence: lanes.connection_sequence[row] ?? 0,
    attempted: lanes.attempted_ms[row] ?? -1,
    opened: lanes.opened_ms[row] ?? -1,
    ended: lanes.ended_ms[row] ?? -1,
    end: lanes.end[row] ?? ENDS.untold,
    failure: failed.get(row) ?? '',
  });
  return {
    ids: lanes.session_id,
    meanings,
    sessions,
    lane: (index) => ({
      id: lanes.session_id[index] ?? '',
      findings: lane_findings[index] ?? 0,
      lost: lanes.lost[index] ?? false,
      undrawn: lanes.undrawn[index] ?? 0,
      connections: Array.from({ length: lanes.size[index] ?? 0 }, (_, row) =>
        connection((begins[index] ?? 0) + row),
      ),
    }),
  };
}

export const beginOf = ({ attempted, opened }: LaneConnection): number =>
  attempted >= 0 ? attempted : opened;

/** When a connection was gone at the latest: where the log does not tell, when the next one began. */
export function endOf(connections: LaneConnection[], index: number, runEndMs: number): number {
  const [one, next] = [connections[index], connections[index + 1]];
  if (one && one.ended >= 0) return one.ended;
  return next ? beginOf(next) : runEndMs;
}
