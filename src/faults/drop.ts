import * as z from 'zod';
import { defineFault, isConnected } from './fault.ts';

export const drop = defineFault({
  summary: 'The connection dies without a close frame: both sides see 1006.',
  target: 'sessions',
  params: z.strictObject({
    how: z
      .enum(['fin', 'rst', 'silent'])
      .default('rst')
      .describe('`fin` and `rst` end the TCP connection so; `silent` leaves it half-open.'),
  }),
  hits: isConnected,
  expected: ({ how }) => ({
    clientCloseCode: 1006,
    serverCloseCode: 1006,
    halfOpen: how === 'silent',
  }),
  inject({ params, tabs }) {
    for (const tab of tabs) tab.cut(params.how);
    return undefined;
  },
});
