import { isIPv6 } from 'node:net';
import { quote } from '@hobnob/catalog/go';
import type { ServiceAddress } from '@hobnob/catalog/records';
import { AgentError } from '../../errors.ts';

type TaggedAddresses = Readonly<Record<string, ServiceAddress>> | null;
type Family = 'ipv4' | 'ipv6';

/**
 * The family of an IP address; undefined for any other text. Leading zeros are allowed and zones are not, and an IPv4
 * address inside IPv6 counts as IPv4. Source: Go 1.14 net.ParseIP and IP.To4.
 */
export function familyOf(address: string): Family | undefined {
  if (/^\d+(\.\d+){3}$/.test(address)) {
    return address.split('.').every((part) => Number(part) <= 255) ? 'ipv4' : undefined;
  }
  if (!isIPv6(address) || address.includes('%')) return undefined;
  return isMapped(address) ? 'ipv4' : 'ipv6';
}

/** Whether an IPv6 address is `::ffff:a.b.c.d`, in whichever way it is written. */
function isMapped(address: string): boolean {
  return /^\[::ffff:[\da-f]{1,4}:[\da-f]{1,4}\]$/.test(new URL(`http://[${address}]`).hostname);
}

/** Tags whose address must be of a family. Consul does not look at `wan_ipv6`. */
const checkedTags: readonly (readonly [tag: string, family: Family])[] = [
  ['lan_ipv4', 'ipv4'],
  ['wan_ipv4', 'ipv4'],
  ['lan_ipv6', 'ipv6'],
];

/** Refuses tagged addresses that are not what their tag says. @throws AgentError AGENT_SERVICE_ADDRESS. */
export function checkTaggedAddresses(tagged: TaggedAddresses): void {
  for (const [tag, family] of checkedTags) {
    const found = tagged?.[tag];
    if (found === undefined || familyOf(found.Address) === family) continue;
    const text = `Service tagged address ${quote(tag)} must be a valid ${family} address`;
    throw new AgentError('AGENT_SERVICE_ADDRESS', text);
  }
}

/** The tagged addresses with those that a service's own IP address stands for. */
export function withOwnAddress(
  tagged: TaggedAddresses,
  own: { readonly Address: string; readonly Port: number },
): TaggedAddresses {
  const family = familyOf(own.Address);
  if (family === undefined) return tagged;
  const address = { Address: own.Address, Port: own.Port };
  return { [`lan_${family}`]: address, [`wan_${family}`]: address, ...tagged };
}
