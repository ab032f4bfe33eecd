import { WireError } from '@hobnob/gossip';
import { encodeMsgpack, Reader, readBytesCopy, readInt, readText, StructShape } from '@hobnob/gossip/codec';

/** The payload that Consul puts into a Serf user event. Source: Consul agent/user_event.go UserEvent. */
export interface ConsulEvent {
  /** A UUID in lower case. */
  readonly id: string;
  readonly name: string;
  readonly payload: Uint8Array;
  /** Regular expressions; '' for all agents. */
  readonly nodeFilter: string;
  readonly serviceFilter: string;
  readonly tagFilter: string;
  readonly version: number;
}

/** The only version so far. An agent must not act on events of a higher one. */
export const eventVersion = 1;

const shape = new StructShape(['ID', 'n', 'p', 'nf', 'sf', 'tf', 'v']);
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The payload of the Serf event: MessagePack with bytes as bin, empty fields left out. */
export function encodeConsulEvent(event: ConsulEvent): Uint8Array {
  const { id, name, payload, nodeFilter, serviceFilter, tagFilter, version } = event;
  const fields = {
    ID: id,
    n: name,
    ...(payload.length === 0 ? {} : { p: payload }),
    ...(nodeFilter === '' ? {} : { nf: nodeFilter }),
    ...(serviceFilter === '' ? {} : { sf: serviceFilter }),
    ...(tagFilter === '' ? {} : { tf: tagFilter }),
    v: version,
  };
  return encodeMsgpack(fields, { family: 'spec' });
}

/**
 * The event in a payload, with text and bytes in either family.
 * @throws WireError WIRE_TRUNCATED, WIRE_LIMIT, WIRE_MALFORMED also for an id that is no UUID: real agents end with a
 *   panic when such an event is listed.
 */
export function decodeConsulEvent(bytes: Uint8Array): ConsulEvent {
  const reader = new Reader(bytes);
  const text = { ID: '', n: '', nf: '', sf: '', tf: '' };
  let payload: Uint8Array = new Uint8Array(0);
  let version = 0;
  const struct = shape.open(reader);
  for (let name = struct.next(); name !== undefined; name = struct.next()) {
    if (name === 'p') payload = readBytesCopy(reader);
    else if (name === 'v') version = readInt(reader);
    else text[name] = readText(reader);
  }
  const id = text.ID.toLowerCase();
  if (!uuid.test(id)) throw new WireError('WIRE_MALFORMED', 'the id of the event is no UUID');
  return {
    id,
    name: text.n,
    payload,
    nodeFilter: text.nf,
    serviceFilter: text.sf,
    tagFilter: text.tf,
    version,
  };
}

/**
 * The number that stands for an event in X-Consul-Index: both halves of its UUID, one xor the other.
 * Source: Consul agent/event_endpoint.go uuidToUint64.
 */
export function eventIndex(id: string): bigint {
  const digits = id.replaceAll('-', '');
  return BigInt(`0x${digits.slice(0, 16)}`) ^ BigInt(`0x${digits.slice(16)}`);
}
