import { GossipError } from '../errors.ts';
import { errorCode, messageOf, systemErrorText } from '../files/error-code.ts';
import { type Address, formatAddress } from '../wire/address.ts';

/** Errors of the operating system and the resolver, in words for a log or an error message. */

/** The resolver has no texts of its own, and Node's messages repeat the host. */
const resolverReasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host',
  ENODATA: 'the name has no address',
  EAI_AGAIN: 'the resolver does not answer',
  EAI_FAIL: 'the resolver failed',
};

/**
 * The reason of a failed network call, without the address: Node's messages (`connect ECONNREFUSED 127.0.0.1:1`) repeat
 * the address that the sentence around the reason names already.
 */
export function reasonText(cause: unknown): string {
  const code = errorCode(cause);
  // The deadline of a stream has this code too, and its message says how long it was.
  if (cause instanceof Error && code === 'ETIMEDOUT' && !('errno' in cause)) return cause.message;
  return resolverReasons[code] ?? systemErrorText(cause);
}

const adviceByCode: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; stop the other process or choose another port',
  EADDRNOTAVAIL: 'no interface of this machine has that address; bind to one that it has, or to 0.0.0.0',
  EACCES: 'the system does not permit it; choose a port above 1023 or give the process the right to bind',
};

/** The error of a failed bind: names the address and what to do; `cause` is the system's error. */
export function bindError(protocol: 'TCP' | 'UDP', address: Address, cause: unknown): GossipError {
  const advice = adviceByCode[errorCode(cause)] ?? messageOf(cause);
  return new GossipError(
    'GOSSIP_BIND',
    `cannot listen on ${formatAddress(address)} (${protocol}): ${advice}`,
    {
      cause,
    },
  );
}
