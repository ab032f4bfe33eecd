/** memberlist's message types; the first byte of every message. Source: memberlist net.go messageType. */
export const MessageType = {
  ping: 0,
  indirectPing: 1,
  ack: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  pushPull: 6,
  compound: 7,
  user: 8,
  compress: 9,
  encrypt: 10,
  nack: 11,
  hasCrc: 12,
  error: 13,
  hasLabel: 244,
} as const;

/** Where an ack is to be sent when not to the datagram's source. Both parts are present or absent together. */
export interface ReplyTo {
  readonly host: string;
  readonly port: number;
}

export interface Ping {
  readonly type: 'ping';
  readonly seq: number;
  /** The name of the target; empty for any member that listens at the address. */
  readonly node: string;
  readonly replyTo?: ReplyTo;
  readonly sourceNode?: string;
}

export interface IndirectPing {
  readonly type: 'indirect-ping';
  readonly seq: number;
  readonly target: ReplyTo;
  readonly node: string;
  /** Whether the sender wants a nack when the target does not answer. */
  readonly nack: boolean;
  readonly replyTo?: ReplyTo;
  readonly sourceNode?: string;
}

export interface Ack {
  readonly type: 'ack';
  readonly seq: number;
  /** Empty when the peer sent nil. Compact bytes: a copy of the packet's. */
  readonly payload: Uint8Array;
}

export interface Nack {
  readonly type: 'nack';
  readonly seq: number;
}

export interface Suspect {
  readonly type: 'suspect';
  readonly incarnation: number;
  readonly node: string;
  readonly from: string;
}

/** `from === node` means that the node left on purpose. */
export interface Dead {
  readonly type: 'dead';
  readonly incarnation: number;
  readonly node: string;
  readonly from: string;
}

/** Six version bytes. Source: memberlist alive message, `Vsn`. */
export interface Versions {
  readonly protocolMin: number;
  readonly protocolMax: number;
  readonly protocolCur: number;
  readonly delegateMin: number;
  readonly delegateMax: number;
  readonly delegateCur: number;
}

export interface Alive {
  readonly type: 'alive';
  readonly incarnation: number;
  readonly node: string;
  /** 4 or 16 bytes exactly as received: they are gossiped on unchanged. */
  readonly addr: Uint8Array;
  readonly port: number;
  readonly meta: Uint8Array;
  /** Absent when the peer sent anything but six bytes. */
  readonly versions?: Versions;
}

/** An opaque message of the layer above (Serf). */
export interface User {
  readonly type: 'user';
  readonly payload: Uint8Array;
}

/** A message of a datagram, once all layers are opened. */
export type PacketMessage = Ping | IndirectPing | Ack | Nack | Suspect | Alive | Dead | User;

/** A node's state as a number in push/pull. */
export const NodeState = { alive: 0, suspect: 1, dead: 2, left: 3 } as const;
export type NodeStateName = keyof typeof NodeState;

export interface PushPullNode {
  readonly name: string;
  readonly addr: Uint8Array;
  readonly port: number;
  readonly meta: Uint8Array;
  readonly incarnation: number;
  readonly state: NodeStateName;
  readonly versions?: Versions;
}

export interface PushPull {
  readonly type: 'push-pull';
  readonly join: boolean;
  readonly nodes: readonly PushPullNode[];
  readonly userState: Uint8Array;
}

export interface StreamFault {
  readonly type: 'error';
  readonly message: string;
}

/** A message of a stream, once all layers are opened. */
export type StreamMessage = Ping | Ack | PushPull | User | StreamFault;
