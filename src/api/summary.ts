import type { jsonSummary } from '../report/json.ts';

/**
 * What a run or its logs come to: what `summary.json` holds, whose JSON Schema is in `docs/summary.schema.json`. Names
 * are in `snake_case` as there; durations are in the unit that their name ends with, those of `metrics` in seconds,
 * but for `event_loop_delay_p99`, which is in milliseconds; null: there was nothing to measure.
 */
export type Summary = ReturnType<typeof jsonSummary>;
