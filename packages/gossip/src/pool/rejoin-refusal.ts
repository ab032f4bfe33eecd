import type { AdmissionPolicy } from '../options.ts';
import type { Logger } from '../ports.ts';
import type { Contact } from '../swim/types.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import type { PushPull } from '../wire/swim-messages.ts';
import { refusalOfPool } from './pool-probe.ts';
import type { RejoinTarget } from './rejoin.ts';

/** What it takes to find out who is at an address of a snapshot. None of it sends our state. */
export interface RefusalParts {
  readonly defaultPort: number;
  readonly admission: AdmissionPolicy | undefined;
  readonly logger: Logger;
  /** Asks whether the member of this name listens there. */
  ping(name: string, to: Address, signal: AbortSignal): Promise<Contact<undefined>>;
  /** Asks for everything that a peer knows. */
  probePool(to: Address, signal: AbortSignal): Promise<Contact<PushPull>>;
}

/**
 * Why the way back does not lead to this address: it does not belong to the member that the snapshot names, or the
 * pool behind a seed lists nobody of the snapshot, or the admission policy refuses that pool. Undefined when it may.
 * Rejects when nobody answers (gossip.md 8.15).
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
    parts.logger.warn({ address, reason }, 'a pool of the snapshot is not gone back to');
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
  return 'it lists nobody whom the snapshot knows';
}
