import type { ChartData } from '../model/chart-data.ts';
import { IdTable } from '../model/id-table.ts';
import type { LinePlace } from '../model/record.ts';
import type { Rows } from '../model/rows.ts';
import { type DrawnFaults, FaultsFold } from './faults.ts';
import type { DrawnLanes } from './lanes.ts';
import { LogCharts } from './log-charts.ts';
import type { ClockOfFile } from './sessions.ts';

/** Charts whose sessions and faults are still to be named, by a line of each. */
export interface DrawnCharts extends Omit<ChartData, 'lanes' | 'faults'> {
  lanes: DrawnLanes;
  faults: DrawnFaults;
}

/** Draws the clients' logs, or where there are none the servers'. Folds over the rows of all logs. */
export class ChartsFold {
  readonly #files: readonly ClockOfFile[];
  readonly #client: LogCharts;
  readonly #server: LogCharts;
  readonly #faults = new FaultsFold();

  /**
   * @param files by their index in rows
   * @param first sessions whose lanes come first, such as those with findings
   */
  constructor(files: readonly ClockOfFile[], first = new IdTable()) {
    this.#files = files;
    this.#client = new LogCharts('client', first);
    this.#server = new LogCharts('server', first);
  }

  onRow(rows: Rows, row: number): void {
    const { log, stream } = this.#files[rows.file(row)] as ClockOfFile;
    if (log === 2) this.#faults.onRow(rows, row);
    else (log === 1 ? this.#client : this.#server).onRow(rows, row, stream);
  }

  finish(): DrawnCharts {
    const side = this.#client.isEmpty ? 'server' : 'client';
    const drawn = (side === 'client' ? this.#client : this.#server).finish();
    return { side, ...drawn, faults: this.#faults.finish(drawn.started_at_ms) };
  }
}

/** Attempts beyond these, the worst lanes' first, are drawn without what they failed with: each is a line to read. */
const MAX_FAILURES = 50_000;
/** Of what they failed with. */
const MAX_FAILURE_NAMES = 200;

/** Lines of which the texts are to be looked up. */
export const namedInCharts = ({ lanes, faults }: DrawnCharts): LinePlace[] => [
  ...lanes.places,
  ...lanes.failed.slice(0, MAX_FAILURES),
  ...faults.places,
];

/** What a line says of itself. */
export interface ChartTexts {
  session_id(place: LinePlace): string;
  fault(place: LinePlace): string;
  /** What an attempt failed with; undefined where the line does not say. */
  failure(place: LinePlace): string | undefined;
}

/** The charts as they are drawn. */
export function namedCharts(
  { lanes, faults, ...charts }: DrawnCharts,
  texts: ChartTexts,
): ChartData {
  const { places: lanePlaces, failed, ...drawn } = lanes;
  const { places: faultPlaces, ...marks } = faults;
  const fault = indexed(faultPlaces.map(texts.fault));
  const failure = indexed(failed.map(texts.failure), MAX_FAILURE_NAMES);
  return {
    ...charts,
    lanes: {
      session_id: lanePlaces.map(texts.session_id),
      ...drawn,
      failure: failure.indexes,
      failures: failure.names,
    },
    faults: { ...marks, fault: fault.indexes, names: fault.names },
  };
}

/** Each name once, and for each place its index; -1 for none, and where there are too many. */
function indexed(all: (string | undefined)[], most = Number.POSITIVE_INFINITY) {
  const indexes = new Map<string, number>();
  return {
    indexes: all.map((name) => {
      const index = name === undefined ? most : (indexes.get(name) ?? indexes.size);
      if (name === undefined || index >= most) return -1;
      indexes.set(name, index);
      return index;
    }),
    names: [...indexes.keys()],
  };
}
