import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';
import { duration } from './fields.ts';

export const latency = defineFault({
  summary: 'Everything sent and received is held back, dials included.',
  target: 'sessions',
  params: z.strictObject({
    for: duration.describe('How long.'),
    delay: duration.describe('Delay each way.'),
    jitter: duration
      .prefault('0ms')
      .describe('Up to this much is added to the delay of each chunk.'),
  }),
  lastsMs: (params) => params.for,
  hits: isOpen,
  expected: () => ({ ...NOTHING, delaysFrames: true }),
  inject({ params, tabs }) {
    for (const tab of tabs) tab.setLatency({ delayMs: params.delay, jitterMs: params.jitter });
    return () => {
      for (const tab of tabs) tab.setLatency(null);
    };
  },
});
