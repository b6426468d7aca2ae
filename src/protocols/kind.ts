import type * as z from 'zod';
import type { Protocol } from '../core/protocol.ts';

/** A protocol as a scenario knows it: one file each. */
export interface ProtocolKind<Options extends z.ZodObject = z.ZodObject> {
  /** One sentence for the docs. */
  summary: string;
  /** What may stand beside its `name`. */
  options: Options;
  create(options: z.output<Options>): Protocol;
}

/** The same, with its options' types held against each other. */
export const protocolKind = <Options extends z.ZodObject>(
  kind: ProtocolKind<Options>,
): ProtocolKind => kind as unknown as ProtocolKind;
