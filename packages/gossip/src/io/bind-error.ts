import { GossipError } from '../errors.ts';
import { type Address, formatAddress } from '../wire/address.ts';

const adviceByCode: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; stop the other process or choose another port',
  EADDRNOTAVAIL: 'no interface of this machine has that address; bind to one that it has, or to 0.0.0.0',
  EACCES: 'the system does not permit it; choose a port above 1023 or give the process the right to bind',
};

/** The system's code for a failed call (`EADDRINUSE`, ...), or undefined when `error` carries none. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** What a failed bind becomes: one sentence with the address and what to do about it; `cause` is the system's error. */
export function bindError(protocol: 'TCP' | 'UDP', address: Address, cause: unknown): GossipError {
  const code = systemCode(cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  const advice = (code === undefined ? undefined : adviceByCode[code]) ?? reason;
  return new GossipError(
    'GOSSIP_BIND',
    `cannot listen on ${formatAddress(address)} (${protocol}): ${advice}`,
    {
      cause,
    },
  );
}
