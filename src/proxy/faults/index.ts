import { close } from './close.ts';
import { drop } from './drop.ts';
import type {
  CloseOptions,
  ConnectionFault,
  DropOptions,
  HandshakeFault,
  LatencyOptions,
  RefuseOptions,
  StallOptions,
} from './fault.ts';
import { latency } from './latency.ts';
import { refuse } from './refuse.ts';
import { stall } from './stall.ts';

/** What each fault is told. */
export interface FaultOptions {
  drop: DropOptions;
  close: CloseOptions;
  latency: LatencyOptions;
  refuse: RefuseOptions;
  stall: StallOptions;
}
export type ProxyFaultName = keyof FaultOptions;

export type ProxyFault<Params extends object = object> =
  | ConnectionFault<Params>
  | HandshakeFault<Params>;

/** Every fault, by the name of its function and of its path. */
export const PROXY_FAULTS: { [F in ProxyFaultName]: ProxyFault<FaultOptions[F]> } = {
  drop,
  close,
  latency,
  refuse,
  stall,
};

export const isProxyFaultName = (name: string): name is ProxyFaultName =>
  Object.hasOwn(PROXY_FAULTS, name);

export type * from './fault.ts';
