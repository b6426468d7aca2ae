import {
  type ConnectionFault,
  connectionParams,
  type LatencyOptions,
  milliseconds,
} from './fault.ts';

export const latency: ConnectionFault<LatencyOptions> = {
  kind: 'connection',
  logged: 'latency',
  from: 'asked',
  lasts: true,
  hitsSilent: () => true,
  params: connectionParams({
    delayMs: milliseconds,
    jitterMs: milliseconds.optional(),
  }),
  expected: () => ({ delays_frames: true }),
  inject(connection, { delayMs, jitterMs = 0 }, key) {
    connection.impose(key, { latency: { delayMs, jitterMs } });
  },
};
