import type { Logger } from '../ports.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import { hostReaches } from './socket-address.ts';
import { reasonText } from './system-error.ts';

/** The most peers that are logged. Peers choose their addresses, so their number needs a bound. */
const peersMax = 256;

/**
 * Logs, once for each peer, that it cannot be reached because its address is IPv6 and this member listens on IPv4 alone,
 * or the other way round. It is a warning, because one wrong setting of the whole pool may be the cause.
 */
export class OtherFamilyLog {
  readonly #logger: Pick<Logger, 'warn'> | undefined;
  readonly #warned = new Set<string>();

  constructor(logger: Pick<Logger, 'warn'> | undefined) {
    this.#logger = logger;
  }

  datagramFailed(bindHost: string, to: Address, error: Error): void {
    this.#warn(bindHost, to, error, 'no datagram reaches it; it is probed over streams');
  }

  /** Ignores streams that were refused or timed out: these errors have nothing to do with the family. */
  streamFailed(bindHost: string, to: Address, error: Error): void {
    const code = 'code' in error ? String(error.code) : '';
    if (routeFaults.has(code))
      this.#warn(bindHost, to, error, 'no stream reaches it; it will be declared failed');
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

/** The system has no address of the family, or no route. */
const routeFaults: ReadonlySet<string> = new Set([
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EHOSTUNREACH',
  'EINVAL',
  'ENETUNREACH',
]);
