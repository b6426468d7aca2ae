/** Logs the connections of a `ws` or Socket.IO server, as `wsdiag check` reads them. */

export type { ClosedBy } from '../core/records.ts';
export type { Emitter } from './listeners.ts';
export { jsonLines, type Logger } from './logger.ts';
export type { ServerLogOptions, UpgradeRequest } from './server-log.ts';
export { type IoLike, type IoSocket, logSocketIo, type SocketIoLogOptions } from './socket-io.ts';
export { isHello, type SessionFields, type ToldSession } from './told.ts';
export {
  logConnections,
  type ReadSession,
  type ServerLogger,
  type WsLogOptions,
  type WsServer,
  type WsSocket,
} from './ws.ts';
