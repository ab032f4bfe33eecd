import type { AdmissionPolicy } from '../options/options.ts';
import type { Logger } from '../ports.ts';
import type { Contact } from '../swim/types.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import type { PushPull } from '../wire/swim-messages.ts';
import { refusalOfPool } from './pool-probe.ts';
import type { RejoinTarget } from './rejoin.ts';

/** What the check of an address of a snapshot takes from its member. It sends no state. */
export interface RefusalParts {
  readonly defaultPort: number;
  readonly admission: AdmissionPolicy | undefined;
  readonly logger: Logger;
  /** Pings the member of this name at an address. */
  ping(name: string, to: Address, signal: AbortSignal): Promise<Contact<undefined>>;
  /** Asks an address for its state. */
  probePool(to: Address, signal: AbortSignal): Promise<Contact<PushPull>>;
}

/**
 * Why this member must not rejoin through an address: another process has it, the pool of a seed lists no member of the
 * snapshot, or the admission policy refuses the pool. Undefined when it may. Rejects when the address does not answer
 * (gossip.md 8.15).
 */
export async function refusalOfTarget(
  parts: RefusalParts,
  target: RejoinTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  const reason =
    (await identityProblem(parts, target, signal)) ??
    (await refusalOfPool(parts, parts.admission, target.address, signal));
  if (reason !== undefined) {
    const address = formatAddress(target.address);
    parts.logger.warn({ address, reason }, 'an address of the snapshot is not rejoined');
  }
  return reason;
}

async function identityProblem(
  { ping, probePool }: RefusalParts,
  { name, address, ourNames }: RejoinTarget,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (name !== undefined) {
    const contact = await ping(name, address, signal);
    if (contact.ok) return undefined;
    if (contact.failure.code !== 'SEED_CLOSED') throw new Error(contact.failure.reason);
    return `another process has the address of ${name}`;
  }
  if (ourNames.size === 0) return undefined;
  const contact = await probePool(address, signal);
  if (!contact.ok) throw new Error(contact.failure.reason);
  if (contact.value.nodes.some((node) => ourNames.has(node.name))) return undefined;
  return 'its pool lists no member of the snapshot';
}
