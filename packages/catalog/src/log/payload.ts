import { CatalogError } from '../errors.ts';
import {
  CoordinateUpdateRequest,
  DeregisterRequest,
  KvsRequest,
  listOf,
  msgpackOf,
  RegisterRequest,
  SessionRequest,
  TombstoneRequest,
  TxnRequest,
} from '../records/index.ts';
import type { Command } from '../store/commands.ts';

/** A command as the `Data` of a Raft entry: its type in one byte, then its body. Sources: consensus-and-rpc.md 2.9, 5.9. */

/** Set in the type of commands that a server may pass over when it does not know them. */
const ignorableFlag = 128;

const registers = msgpackOf(RegisterRequest);
const deregisters = msgpackOf(DeregisterRequest);
const kvs = msgpackOf(KvsRequest);
const sessions = msgpackOf(SessionRequest);
const tombstones = msgpackOf(TombstoneRequest);
const transactions = msgpackOf(TxnRequest);
const coordinateBatches = msgpackOf(listOf(CoordinateUpdateRequest));

/** The payload of a command. */
export function encodeCommand(command: Command): Uint8Array {
  switch (command.type) {
    case 0:
      return payload(0, registers.encode(command.body));
    case 1:
      return payload(1, deregisters.encode(command.body));
    case 2:
      return payload(2, kvs.encode(command.body));
    case 3:
      return payload(3, sessions.encode(command.body));
    case 5:
      return payload(5, tombstones.encode(command.body));
    case 8:
      return payload(8, transactions.encode(command.body));
    case 6:
      // As Consul writes it: servers older than coordinates pass it over.
      return payload(6 + ignorableFlag, coordinateBatches.encode(command.body));
  }
}

function payload(type: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(body.length + 1);
  bytes[0] = type;
  bytes.set(body, 1);
  return bytes;
}

/**
 * The command of a payload; undefined for one that may be passed over.
 * @throws CatalogError CATALOG_LOG for one that must not: the states of servers would differ. WireError for a bad body.
 */
export function decodeCommand(bytes: Uint8Array): Command | undefined {
  const [type = 0] = bytes;
  const body = bytes.subarray(1);
  switch (type & ~ignorableFlag) {
    case 0:
      return { type: 0, body: registers.decode(body) };
    case 1:
      return { type: 1, body: deregisters.decode(body) };
    case 2:
      return { type: 2, body: kvs.decode(body) };
    case 3:
      return { type: 3, body: sessions.decode(body) };
    case 5:
      return { type: 5, body: tombstones.decode(body) };
    case 8:
      return { type: 8, body: transactions.decode(body) };
    case 6:
      return { type: 6, body: coordinateBatches.decode(body) ?? [] };
  }
  if ((type & ignorableFlag) !== 0) return undefined;
  throw new CatalogError('CATALOG_LOG', `the log holds a command of the unknown type ${type}`);
}
