import * as z from 'zod';
import { ABNORMAL_CLOSURE } from '../../core/close-codes.ts';
import { type ConnectionFault, connectionParams, type DropOptions } from './fault.ts';

export const drop: ConnectionFault<DropOptions> = {
  kind: 'connection',
  logged: 'drop',
  from: 'accepted',
  lasts: false,
  hitsSilent: ({ how }) => how !== 'silent',
  params: connectionParams({ how: z.enum(['fin', 'rst', 'silent']).optional() }),
  expected: ({ how }) => ({
    client_close_code: ABNORMAL_CLOSURE,
    server_close_code: ABNORMAL_CLOSURE,
    half_open: how === 'silent',
  }),
  inject(connection, { how = 'rst' }, key) {
    if (how === 'silent') connection.impose(key, { isSilent: true });
    else connection.cut(how);
  },
};
