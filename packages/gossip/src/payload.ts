import { encodeMsgpack } from './codec/msgpack.ts';
import { type PlainValue, readValue } from './codec/msgpack-value.ts';
import { Reader } from './codec/reader.ts';
import { GossipError, WireError } from './errors.ts';

/** How values of one type travel as payload. Share one between those who send and those who receive. */
export interface PayloadType<T, In = T> {
  /** @throws GossipError GOSSIP_PAYLOAD for what MessagePack cannot hold: functions, symbols, dates, other classes. */
  pack(value: In): Uint8Array;
  /** @throws GossipError GOSSIP_PAYLOAD when the bytes are no such value; a peer may send anything. */
  unpack(payload: Uint8Array): T;
}

/**
 * Payloads of any type for user events, queries and their answers, packed as MessagePack without extensions. The
 * guard is asked about everything that comes in: what it accepts is what `unpack` returns.
 */
export function definePayload<T>(guard: (value: unknown) => value is T): PayloadType<T> {
  return {
    pack: (value) => {
      try {
        return encodeMsgpack(value, { family: 'spec' });
      } catch (error) {
        const message = 'the value cannot be packed: pass plain values';
        throw new GossipError('GOSSIP_PAYLOAD', message, { cause: error });
      }
    },
    unpack: (payload) => {
      const value: unknown = readWhole(payload);
      if (guard(value)) return value;
      throw new GossipError('GOSSIP_PAYLOAD', 'the payload holds another type of value');
    },
  };
}

function readWhole(payload: Uint8Array): PlainValue {
  const reader = new Reader(payload);
  try {
    const value = readValue(reader);
    if (reader.remaining > 0) throw new WireError('WIRE_MALFORMED', 'bytes follow the value');
    return value;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    const message = `the payload cannot be read: ${error.message}`;
    throw new GossipError('GOSSIP_PAYLOAD', message, { cause: error });
  }
}
