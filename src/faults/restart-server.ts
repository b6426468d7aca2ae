import * as z from 'zod';
import { defineFault, isOpen, NOTHING } from './fault.ts';
import { duration } from './fields.ts';

export const restartServer = defineFault({
  summary:
    'The server goes down and comes back at the same address. A restart that comes while one is under ' +
    'way is part of it: the later end of the two counts.',
  target: 'server',
  params: z
    .strictObject({
      how: z
        .enum(['graceful', 'crash'])
        .default('graceful')
        .describe('`graceful` closes everyone with 1012; `crash` kills the process with SIGKILL.'),
      drain: duration
        .optional()
        .describe(
          'Before it goes down gracefully, it takes nobody, and closes connections one by one over this time.',
        ),
      down_for: duration.prefault('1s').describe('From going down to starting again.'),
    })
    .superRefine(({ how, drain }, context) => {
      if (how === 'graceful' || drain === undefined) return;
      const message = 'left out where `how` is `crash`';
      context.addIssue({ code: 'custom', path: ['drain'], message });
    }),
  lastsMs: ({ drain = 0, down_for }) => drain + down_for,
  hits: isOpen,
  // Whoever waits for their turn may be gone before it comes.
  expected: ({ how, drain }, goodbyeCode) =>
    drain !== undefined
      ? NOTHING
      : how === 'graceful'
        ? { clientCloseCode: goodbyeCode, serverCloseCode: goodbyeCode }
        : { clientCloseCode: 1006, serverCloseCode: null, killsServer: true },
  goesOn: (server) => server.down,
  inject({ params, server }) {
    server.stop(params.how, params.drain ?? 0);
    return () => server.start();
  },
});
