/** wsdiag from code: storms, checks of logs, and the reference server. */

export type { ClientAs } from '../core/habits.ts';
export type { FindingCode, Verdict } from '../model/findings.ts';
export type { MetricName } from '../model/metrics.ts';
export type { ObservationName } from '../model/observations.ts';
export type { SummaryMetrics as Metrics } from '../model/summary-metrics.ts';
export type { ProtocolName } from '../protocols/index.ts';
export type { StorageDamage } from '../real/session-storage.ts';
export type { Summary } from '../report/json.ts';
export { type CheckOptions, check } from './check.ts';
export * from './errors.ts';
export type * from './scenario-input.ts';
export { type RunningServer, type StartServerOptions, startServer } from './server.ts';
export { type Progress, type SimulateOptions, simulate } from './simulate.ts';
export { validate } from './validate.ts';
