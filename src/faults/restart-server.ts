import * as z from 'zod';
import { defineFault, NOTHING, nodeOf, onNodes } from './fault.ts';
import { duration, node } from './fields.ts';

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
      node,
      rolling: z
        .strictObject({
          pause: duration
            .prefault('1s')
            .describe('From starting one node again to stopping the next.'),
        })
        .optional()
        .describe('In place of `node`: all nodes of `server.nodes`, one after the other.'),
    })
    .superRefine(({ how, drain, node, rolling }, context) => {
      const refuse = (field: string, when: string) =>
        context.addIssue({ code: 'custom', path: [field], message: `left out where ${when}` });
      if (how === 'crash' && drain !== undefined) refuse('drain', '`how` is `crash`');
      if (node !== undefined && rolling !== undefined) refuse('node', 'there is `rolling`');
    }),
  lastsMs: ({ drain = 0, down_for }) => drain + down_for,
  steps({ rolling, ...params }, nodes) {
    const { drain = 0, down_for } = params;
    const apartMs = rolling ? drain + down_for + rolling.pause : 0;
    return onNodes(params, nodes).map((step, index) => ({ ...step, afterMs: index * apartMs }));
  },
  // Who is at a node, only its balancer knows.
  hits: (tab, { node }) => node === undefined && tab.open,
  expected({ how, drain, node }, goodbyeCode) {
    const killsServer = how === 'crash';
    // Who is at another node, or gone before their turn, sees nothing of it.
    if (drain !== undefined || node !== undefined) return { ...NOTHING, killsServer };
    return killsServer
      ? { clientCloseCode: 1006, serverCloseCode: null, killsServer }
      : { clientCloseCode: goodbyeCode, serverCloseCode: goodbyeCode };
  },
  goesOn: (server, { node }) => nodeOf(server, node).down,
  inject({ params: { how, drain = 0, node }, server }) {
    const restarted = nodeOf(server, node);
    restarted.stop(how, drain);
    return () => new Promise((isDone) => restarted.start(isDone));
  },
});
