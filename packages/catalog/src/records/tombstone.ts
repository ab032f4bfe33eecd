import { type Infer, index, record, text, textOf } from './shape.ts';

/** Command 5 of the Raft log: forgets which keys were deleted at or before an index. Source: Consul structs.TombstoneRequest. */
export const TombstoneRequest = record('TombstoneRequest', {
  Datacenter: text,
  /** `reap`. */
  Op: textOf('structs.TombstoneOp'),
  ReapIndex: index,
  Token: text,
});
/** Command 5 of the Raft log. */
export interface TombstoneRequest extends Infer<typeof TombstoneRequest> {}
