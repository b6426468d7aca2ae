/** A storm from many processes, on one machine or many, over NATS. Loaded by who asks for it. */

export { measureCapacity } from './capacity.ts';
export { type ClockOffset, measureClock } from './clocks.ts';
export { collectLogs } from './collect.ts';
export { connectNats } from './connect.ts';
export { Coordinator, type CoordinatorOptions } from './coordinator.ts';
export { findWorkers, listWorkers } from './find-workers.ts';
export { startLocalFleet } from './local-fleet.ts';
export { Worker } from './worker.ts';
