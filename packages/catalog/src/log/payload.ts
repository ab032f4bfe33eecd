import { CatalogError } from '../errors.ts';
import {
  CoordinateUpdateRequest,
  DeregisterRequest,
  listOf,
  msgpackOf,
  RegisterRequest,
} from '../records/index.ts';
import type { Command } from '../store/commands.ts';

/** A command as the `Data` of a Raft entry: its type in one byte, then its body. Sources: consensus-and-rpc.md 2.9, 5.9. */

/** Set in the type of commands that a server may pass over when it does not know them. */
const ignorableFlag = 128;

const registers = msgpackOf(RegisterRequest);
const deregisters = msgpackOf(DeregisterRequest);
const coordinateBatches = msgpackOf(listOf(CoordinateUpdateRequest));

/** The payload of a command. */
export function encodeCommand(command: Command): Uint8Array {
  switch (command.type) {
    case 0:
      return payload(0, registers.encode(command.body));
    case 1:
      return payload(1, deregisters.encode(command.body));
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
    case 6:
      return { type: 6, body: coordinateBatches.decode(body) ?? [] };
  }
  if ((type & ignorableFlag) !== 0) return undefined;
  throw new CatalogError('CATALOG_LOG', `the log holds a command of the unknown type ${type}`);
}
