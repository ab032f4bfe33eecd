/** Serf's message types; the first byte inside a memberlist user message. Source: serf messages.go. */
export const SerfMessageType = {
  leave: 0,
  join: 1,
  pushPull: 2,
  userEvent: 3,
  query: 4,
  queryResponse: 5,
  conflictResponse: 6,
  keyRequest: 7,
  keyResponse: 8,
  relay: 9,
} as const;

export interface LeaveIntent {
  readonly type: 'leave-intent';
  readonly lamportTime: number;
  readonly node: string;
  readonly prune: boolean;
}

export interface JoinIntent {
  readonly type: 'join-intent';
  readonly lamportTime: number;
  readonly node: string;
}

export interface UserEventMessage {
  readonly type: 'user-event';
  readonly lamportTime: number;
  readonly name: string;
  readonly payload: Uint8Array;
  readonly coalesce: boolean;
}

/** A filter of a query. `unknown` cannot be decoded, and matches no member as in Serf. */
export type QueryFilter =
  | { readonly kind: 'node'; readonly names: readonly string[] }
  | { readonly kind: 'tag'; readonly tag: string; readonly expression: string }
  | { readonly kind: 'unknown' };

export interface QueryMessage {
  readonly type: 'query';
  readonly lamportTime: number;
  readonly id: number;
  /** The address for acks and responses. */
  readonly host: string;
  readonly port: number;
  readonly sourceNode: string;
  readonly filters: readonly QueryFilter[];
  readonly ackRequested: boolean;
  readonly noBroadcast: boolean;
  readonly relayFactor: number;
  readonly timeoutMs: number;
  readonly name: string;
  readonly payload: Uint8Array;
}

export interface QueryResponseMessage {
  readonly type: 'query-response';
  readonly lamportTime: number;
  readonly id: number;
  readonly from: string;
  readonly isAck: boolean;
  readonly payload: Uint8Array;
}

export interface RelayMessage {
  readonly type: 'relay';
  readonly host: string;
  readonly port: number;
  readonly destinationName: string;
  /** The inner Serf message, type byte included. */
  readonly inner: Uint8Array;
}

export interface EventSlot {
  readonly lamportTime: number;
  readonly events: readonly { readonly name: string; readonly payload: Uint8Array }[];
}

export interface SerfPushPull {
  readonly type: 'serf-push-pull';
  readonly lamportTime: number;
  readonly statusTimes: ReadonlyMap<string, number>;
  readonly leftMembers: readonly string[];
  readonly eventTime: number;
  /** The used slots of the peer's event ring, in the order received. */
  readonly events: readonly EventSlot[];
  readonly queryTime: number;
}

/** The content of a memberlist user message or of a push/pull's user state. */
export type SerfMessage =
  | LeaveIntent
  | JoinIntent
  | UserEventMessage
  | QueryMessage
  | QueryResponseMessage
  | RelayMessage
  | SerfPushPull;
