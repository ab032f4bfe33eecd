import type { Address } from './wire/address.ts';

export { WireError, type WireErrorCode } from './wire-error.ts';

/**
 * - `GOSSIP_OPTIONS`: options are wrong; `problems` lists all of them. Nothing was started.
 * - `GOSSIP_BIND`: an address or port could not be bound. Nothing was started.
 * - `GOSSIP_SNAPSHOT`: the snapshot file cannot be read or written, or another process uses it. Nothing was started.
 * - `GOSSIP_JOIN_FAILED`: no seed answered; `cause` is an AggregateError with a SeedError for each. Unchanged.
 * - `GOSSIP_NOT_ADMITTED`: seeds answered but do not list this member, because its name is in use or they refused it. Their
 *   members may be known here now.
 * - `GOSSIP_TOO_LARGE`: tags or a message exceed a protocol limit. Unchanged.
 * - `GOSSIP_TIMEOUT`: the deadline passed; the change has taken effect here but may not have reached other members.
 * - `GOSSIP_CLOSED`: the gossip is closed or has left its pool. Unchanged.
 * - `GOSSIP_NO_SUCH_MEMBER`: no member has that name. Unchanged.
 * - `GOSSIP_BUSY`: too many user events wait to be sent. This one was not accepted; try again later.
 * - `GOSSIP_QUERY`: a query is not allowed: its name is reserved, its list of members is empty, or too many queries are
 *   open. Nothing was sent.
 * - `GOSSIP_NO_KEYRING`: a request about keys although encryption is off. Nothing was sent.
 * - `GOSSIP_KEY`: the key is invalid. Nothing was sent.
 * - `GOSSIP_KEYRING_FILE`: the key ring file cannot be read or written, or holds no key ring. Nothing was started.
 * - `GOSSIP_ARGUMENT`: an argument of a method has the wrong type or is out of range. The class of this error is
 *   `GossipTypeError`. Nothing was sent, unchanged.
 * - `GOSSIP_PAYLOAD`: a value cannot be packed, or a payload cannot be unpacked. Unchanged.
 */
export type GossipErrorCode =
  | 'GOSSIP_OPTIONS'
  | 'GOSSIP_BIND'
  | 'GOSSIP_SNAPSHOT'
  | 'GOSSIP_JOIN_FAILED'
  | 'GOSSIP_NOT_ADMITTED'
  | 'GOSSIP_TOO_LARGE'
  | 'GOSSIP_TIMEOUT'
  | 'GOSSIP_CLOSED'
  | 'GOSSIP_NO_SUCH_MEMBER'
  | 'GOSSIP_BUSY'
  | 'GOSSIP_QUERY'
  | 'GOSSIP_NO_KEYRING'
  | 'GOSSIP_KEY'
  | 'GOSSIP_KEYRING_FILE'
  | 'GOSSIP_ARGUMENT'
  | 'GOSSIP_PAYLOAD';

/**
 * Why a seed, or one address of it, failed. The state is unchanged in every case.
 * - `SEED_INVALID`: the text is not a seed.
 * - `SEED_UNRESOLVED`: the host name has no address; `cause` is the resolver's error.
 * - `SEED_REFUSED`: the connection was refused: no process listens there.
 * - `SEED_UNREACHABLE`: the network has no way to the address; `cause` is the operating system's error.
 * - `SEED_TIMEOUT`: no answer in time.
 * - `SEED_CLOSED`: the peer ended the connection without an answer.
 * - `SEED_REJECTED`: the peer answered with an error message, for instance because it has none of our keys.
 * - `SEED_DECRYPT`: none of our keys decrypts the answer.
 * - `SEED_PROTOCOL`: the answer breaks the protocol, or our own state is larger than a push/pull can be.
 * - `SEED_UNWELCOME`: our admission policy refuses the peer's members.
 */
export type SeedErrorCode =
  | 'SEED_INVALID'
  | 'SEED_UNRESOLVED'
  | 'SEED_REFUSED'
  | 'SEED_UNREACHABLE'
  | 'SEED_TIMEOUT'
  | 'SEED_CLOSED'
  | 'SEED_REJECTED'
  | 'SEED_DECRYPT'
  | 'SEED_PROTOCOL'
  | 'SEED_UNWELCOME';

export interface SeedErrorOptions extends ErrorOptions {
  /** The address that failed; absent when the seed has none. */
  readonly address?: Address;
}

/** The failure of a seed, or of one of its addresses. Match `code`, never the text. */
export class SeedError extends Error {
  override readonly name = 'SeedError';
  readonly code: SeedErrorCode;
  /** As the caller wrote it. */
  readonly seed: string;
  readonly address: Address | undefined;

  constructor(code: SeedErrorCode, seed: string, message: string, options: SeedErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.seed = seed;
    this.address = options.address;
  }
}

/**
 * Whether a seed failed because of the encryption keys: none of our keys decrypts its answer, or it reports that none of
 * its keys decrypts our request. Also recognizes the errors of another copy of this package.
 */
export function isKeyMismatch(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'SEED_DECRYPT' || (error.code === 'SEED_REJECTED' && /crypt/i.test(error.message));
}

export interface GossipErrorOptions extends ErrorOptions {
  readonly problems?: readonly string[];
}

/** An operational error: something outside this package has to change. Match `code`, never the text. */
export class GossipError extends Error {
  override readonly name = 'GossipError';
  readonly code: GossipErrorCode;
  /** One sentence for each problem, at least one; equal to `message` when there is only one. */
  readonly problems: readonly string[];

  constructor(code: GossipErrorCode, message: string, options: GossipErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.problems = options.problems ?? [message];
  }
}

/**
 * A programming error: an argument of the wrong type or out of range, or an unknown option. Methods that return a promise
 * reject with it. It is a `TypeError` with a code, as Node's own.
 */
export class GossipTypeError extends TypeError {
  override readonly name = 'GossipTypeError';
  readonly code: Extract<GossipErrorCode, 'GOSSIP_ARGUMENT' | 'GOSSIP_PAYLOAD'>;
  /** One sentence for each problem, at least one; equal to `message` when there is only one. */
  readonly problems: readonly string[];

  constructor(code: GossipTypeError['code'], message: string, options: GossipErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.problems = options.problems ?? [message];
  }
}
