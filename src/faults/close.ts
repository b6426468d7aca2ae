import * as z from 'zod';
import { defineFault, isConnected } from './fault.ts';
import { closeCode, closeReason, pageCloseCode } from './fields.ts';

export const close = defineFault({
  summary: 'The client or the server closes the connection with a close frame.',
  target: 'sessions',
  params: z
    .strictObject({
      code: closeCode
        .default(1000)
        .describe('Close code. A page may send only 1000 and 3000-4999.'),
      reason: closeReason.default('').describe('Reason, at most 123 bytes.'),
      by: z
        .enum(['client', 'server'])
        .default('server')
        .describe('Who sends the first close frame.'),
    })
    .superRefine(({ by, code }, context) => {
      if (by === 'server') return;
      const problem = pageCloseCode.safeParse(code).error?.issues[0];
      if (problem) context.addIssue({ code: 'custom', path: ['code'], message: problem.message });
    }),
  hits: isConnected,
  expected: ({ code }) => ({ clientCloseCode: code, serverCloseCode: code }),
  inject({ params, tabs, server }) {
    const { code, reason } = params;
    if (params.by === 'client') for (const tab of tabs) tab.close(code, reason);
    else
      server.closeSessions(
        tabs.flatMap((tab) => tab.sessions.flatMap(({ sessionId }) => sessionId ?? [])),
        code,
        reason,
      );
    return undefined;
  },
});
