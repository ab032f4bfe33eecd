import type { Logger } from '../ports.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import { hostReaches } from './address-family.ts';
import { reasonText } from './system-error.ts';

/** Peers warned of; a peer chooses what it announces, so there must be an end. */
const peersMax = 256;

/**
 * Warns once a peer that it cannot be reached because it has an IPv6 address and we listen on IPv4 alone, or the
 * other way round. A whole pool that mixes the two is mistaken in one setting, which nobody finds at debug level.
 */
export class OtherFamilyLog {
  readonly #logger: Pick<Logger, 'warn'> | undefined;
  readonly #warned = new Set<string>();

  constructor(logger: Pick<Logger, 'warn'> | undefined) {
    this.#logger = logger;
  }

  datagramFailed(bindHost: string, to: Address, error: Error): void {
    this.#warn(bindHost, to, error, 'no datagram reaches it, and whether it lives is asked over streams');
  }

  /** A stream that was refused or timed out got as far as the peer: that says nothing of families. */
  streamFailed(bindHost: string, to: Address, error: Error): void {
    const code = 'code' in error ? String(error.code) : '';
    if (routeFaults.has(code))
      this.#warn(bindHost, to, error, 'no stream reaches it: it will be called failed');
  }

  #warn(bindHost: string, to: Address, error: Error, effect: string): void {
    const address = formatAddress(to);
    if (hostReaches(bindHost, to.host) || this.#warned.has(address)) return;
    if (this.#warned.size >= peersMax) return;
    this.#warned.add(address);
    const fields = { address, bind: bindHost, reason: reasonText(error), effect };
    this.#logger?.warn(fields, 'a member has an address of another family than the one bound here');
  }
}

/** The system has no address or no way to the other family. */
const routeFaults: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EHOSTUNREACH',
  'EINVAL',
  'ENETUNREACH',
]);
