import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { opened, port } from './log.mjs';

const { TOKEN } = process.env;
const query = new GraphQLObjectType({ name: 'Query', fields: { one: { type: GraphQLString } } });
const server = new WebSocketServer({ port, host: '127.0.0.1', path: '/graphql' });
let connections = 0;
useServer(
  {
    connectionInitWaitTimeout: 20_000,
    schema: new GraphQLSchema({ query }),
    onConnect: ({ connectionParams: { session_id, connection_sequence, token }, extra }) => {
      if (TOKEN && token !== TOKEN) return false;
      connections += 1;
      const client_id = `${process.pid}-${connections}`;
      extra.closed = opened(client_id, session_id, connection_sequence);
      extra.socket.send('{"type":"ping"}');
      return { client_id };
    },
    onClose: ({ extra }, code) => extra.closed?.(code),
  },
  server,
  500,
);
