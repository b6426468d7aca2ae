import * as z from 'zod';
import { defineFault, isConnected } from './fault.ts';

export const drop = defineFault({
  summary: 'The connection dies without a close frame: who hears of it sees 1006.',
  target: 'sessions',
  params: z.strictObject({
    how: z
      .enum(['fin', 'rst', 'silent'])
      .default('rst')
      .describe(
        '`fin` and `rst` end the TCP connection so; `silent` leaves it half-open, which nobody hears of: a client ' +
          'needs a `clients.heartbeat` to notice.',
      ),
  }),
  hits: isConnected,
  clientSees: ({ how }) =>
    how === 'silent' ? '1006, once its own heartbeat shows it; nothing without one' : undefined,
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
