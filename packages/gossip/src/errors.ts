import type { Address } from './wire/address.ts';

export { WireError, type WireErrorCode } from './wire-error.ts';

/**
 * - `GOSSIP_OPTIONS`: the options are wrong; `problems` lists every one. Nothing was started.
 * - `GOSSIP_BIND`: an address or port could not be bound. Nothing was started.
 * - `GOSSIP_SNAPSHOT`: the snapshot cannot be read or written, or another process uses it. Nothing was started.
 * - `GOSSIP_JOIN_FAILED`: no seed could be reached; `cause` is an AggregateError with one reason a seed. Unchanged.
 * - `GOSSIP_NOT_ADMITTED`: seeds answered but do not list us: our name is in use, or they refused us. Their members may be known to us now.
 * - `GOSSIP_TOO_LARGE`: tags or a message exceed a protocol limit. Unchanged.
 * - `GOSSIP_TIMEOUT`: the deadline passed; what was asked has taken effect here but may not have reached others.
 * - `GOSSIP_CLOSED`: the object was closed or has left. Unchanged.
 * - `GOSSIP_NO_SUCH_MEMBER`: no member has that name. Unchanged.
 * - `GOSSIP_BUSY`: too many user events wait to be sent. This one was not; try again later.
 * - `GOSSIP_QUERY`: a query may not be asked like this: its name, an empty list of members, or too many are open.
 *   Nothing was sent.
 * - `GOSSIP_NO_KEYRING`: keys were asked about although encryption is off. Nothing was sent.
 * - `GOSSIP_KEY`: what was given is no key. Nothing was sent.
 * - `GOSSIP_KEYRING_FILE`: the file cannot be read or written, or holds no key ring. Nothing was started.
 * - `GOSSIP_ARGUMENT`: a method was called with an argument of the wrong type, or outside what is allowed. The class of
 *   this error is `GossipTypeError`. Nothing was sent, unchanged.
 * - `GOSSIP_PAYLOAD`: a value cannot be packed, or a payload holds something else. Unchanged.
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
 * Why one address gave nothing. State is unchanged for all of them.
 * - `SEED_INVALID`: the text is no seed.
 * - `SEED_UNRESOLVED`: the host name has no address; `cause` is the resolver's error.
 * - `SEED_REFUSED`: nobody listens there.
 * - `SEED_UNREACHABLE`: the network does not lead there; `cause` is the operating system's error.
 * - `SEED_TIMEOUT`: no answer in time.
 * - `SEED_CLOSED`: the peer ended the connection without an answer.
 * - `SEED_REJECTED`: the peer answered with an error message, for instance because no key of its fits.
 * - `SEED_DECRYPT`: no key of ours opens the answer.
 * - `SEED_PROTOCOL`: the answer breaks the protocol, or our own state is larger than it can carry.
 * - `SEED_UNWELCOME`: our own admission policy refuses its members.
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
  /** Where the seed led to; absent when it led nowhere. */
  readonly address?: Address;
}

/** Why one seed, or one of its addresses, gave nothing. Match `code`, never the text. */
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
 * Whether a join failed because of the encryption keys: no key of ours opens the peer's answer, or the peer says that no
 * key of its opens ours. Errors of another copy of this package count too.
 */
export function isKeyMismatch(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === 'SEED_DECRYPT' || (error.code === 'SEED_REJECTED' && /crypt/i.test(error.message));
}

export interface GossipErrorOptions extends ErrorOptions {
  readonly problems?: readonly string[];
}

/** An operating error: something outside this library must change. Match `code`, never the text. */
export class GossipError extends Error {
  override readonly name = 'GossipError';
  readonly code: GossipErrorCode;
  /** One sentence for each fault, at least one; the same text as `message` when there is only one. */
  readonly problems: readonly string[];

  constructor(code: GossipErrorCode, message: string, options: GossipErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.problems = options.problems ?? [message];
  }
}

/**
 * A call that its caller has to change: an argument of the wrong type, an option that does not exist, a number outside
 * what is allowed. Methods that return a promise reject with it. It is a `TypeError` with a code, as Node's own are.
 */
export class GossipTypeError extends TypeError {
  override readonly name = 'GossipTypeError';
  readonly code: Extract<GossipErrorCode, 'GOSSIP_ARGUMENT' | 'GOSSIP_PAYLOAD'>;
  /** One sentence for each fault, at least one; the same text as `message` when there is only one. */
  readonly problems: readonly string[];

  constructor(code: GossipTypeError['code'], message: string, options: GossipErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.problems = options.problems ?? [message];
  }
}
