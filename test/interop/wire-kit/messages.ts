import { asFields, Encoded, type Fields, pack, unpack, type Writable } from './msgpack.ts';

/** Messages of memberlist and Serf as the tests write and read them. */

export const Type = {
  ping: 0,
  indirectPing: 1,
  ack: 2,
  suspect: 3,
  alive: 4,
  dead: 5,
  pushPull: 6,
  user: 8,
  nack: 11,
  error: 13,
} as const;

export const SerfType = { leave: 0, join: 1, pushPull: 2, userEvent: 3, query: 4 } as const;

/** A message: one type byte and a map. */
export function message(type: number, body: Writable): Buffer {
  return Buffer.concat([Buffer.of(type), pack(body)]);
}

/** A Serf message inside a memberlist user message. */
export function serfMessage(type: number, body: Writable): Buffer {
  return Buffer.concat([Buffer.of(Type.user), message(type, body)]);
}

/** Tags as member meta. */
export function metaOf(tags: Readonly<Record<string, string>>): Buffer {
  return Buffer.concat([Buffer.of(0xff), pack(tags)]);
}

/** The four bytes of an IPv4 address. */
export function ipv4(host: string): Buffer {
  return Buffer.from(host.split('.').map(Number));
}

/** The versions that serf agents announce: memberlist 1 to 5, speaking 2; Serf 2 to 5, speaking 5. */
export const serfVsn = Buffer.from('010502020505', 'hex');

/** A node as alive messages and push/pull lists describe it. */
export interface NodeRecord {
  readonly name: string;
  readonly host: string;
  /** Default 7946. */
  readonly port?: number;
  readonly incarnation?: number;
  readonly tags?: Readonly<Record<string, string>>;
  readonly vsn?: Uint8Array;
  /** 0 alive, 1 suspect, 2 dead, 3 left; only in push/pull. */
  readonly state?: 0 | 1 | 2 | 3;
}

/** An alive message about a node. */
export function alive(node: NodeRecord): Buffer {
  return message(Type.alive, {
    Addr: ipv4(node.host),
    Incarnation: node.incarnation ?? 1,
    Meta: metaOf(node.tags ?? {}),
    Node: node.name,
    Port: node.port ?? 7946,
    Vsn: node.vsn ?? serfVsn,
  });
}

/** A suspect or dead message: `from` suspects `node` or calls it dead. */
export function claim(
  type: typeof Type.suspect | typeof Type.dead,
  node: string,
  incarnation: number,
  from: string,
): Buffer {
  return message(type, { From: from, Incarnation: incarnation, Node: node });
}

export interface SerfStateFields {
  readonly lamportTime?: number;
  readonly statusTimes?: Readonly<Record<string, number>>;
  readonly leftMembers?: readonly string[];
}

/** Serf's part of a state exchange, with an empty event ring. */
export function serfState({
  lamportTime = 1,
  statusTimes = {},
  leftMembers = [],
}: SerfStateFields = {}): Buffer {
  return message(SerfType.pushPull, {
    EventLTime: 1,
    Events: [],
    LTime: lamportTime,
    LeftMembers: leftMembers,
    QueryLTime: 1,
    StatusLTimes: statusTimes,
  });
}

/** A whole state exchange of one side. */
export function pushPull(
  nodes: readonly NodeRecord[],
  { join = true, userState = serfState() }: { readonly join?: boolean; readonly userState?: Uint8Array } = {},
): Buffer {
  const states = nodes.map((node) =>
    pack({
      Addr: ipv4(node.host),
      Incarnation: node.incarnation ?? 1,
      Meta: metaOf(node.tags ?? {}),
      Name: node.name,
      Port: node.port ?? 7946,
      State: node.state ?? 0,
      Vsn: node.vsn ?? serfVsn,
    }),
  );
  const header = message(Type.pushPull, { Join: join, Nodes: nodes.length, UserStateLen: userState.length });
  return Buffer.concat([header, ...states, userState]);
}

/** The map of a message, its type byte checked. @throws Error when it is another type or no map. */
export function fieldsOf(bytes: Buffer, type: number): Fields {
  if (bytes[0] !== type) throw new Error(`message type ${bytes[0]}, expected ${type}`);
  return asFields(unpack(bytes, 1).value);
}

export interface PushPullReply {
  readonly header: Fields;
  readonly nodes: readonly Fields[];
  readonly userState: Buffer;
}

/** Reads one side of a state exchange. @throws Error when it is none. */
export function readPushPull(bytes: Buffer): PushPullReply {
  if (bytes[0] !== Type.pushPull)
    throw new Error(`no state exchange but ${bytes.subarray(0, 40).toString('hex')}`);
  const head = unpack(bytes, 1);
  const header = asFields(head.value);
  const nodes: Fields[] = [];
  let { end } = head;
  for (let index = 0; index < Number(header['Nodes']); index += 1) {
    const node = unpack(bytes, end);
    nodes.push(asFields(node.value));
    end = node.end;
  }
  return { header, nodes, userState: bytes.subarray(end, end + Number(header['UserStateLen'])) };
}

/** Nil written where text or a number stands. */
export const nil = new Encoded(0xc0);
