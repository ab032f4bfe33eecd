import { describeCandidate, refusalBy } from '../admission.ts';
import { GossipError } from '../errors.ts';
import type { PoolProbeResult } from '../gossip.ts';
import type { AdmissionCandidate, AdmissionPolicy } from '../options/options.ts';
import type { Clock } from '../ports.ts';
import { toCandidate } from '../swim/push-pull/push-pull.ts';
import type { Contact } from '../swim/types.ts';
import type { Address } from '../wire/address.ts';
import type { PushPull } from '../wire/swim-messages.ts';
import { joinFailed } from './join.ts';
import { contactSeeds, type SeedParts, type TimeBounds, withinTime } from './seeds.ts';

/** What a pool probe takes from its member. */
export interface PoolProbeParts extends SeedParts {
  readonly clock: Clock;
  /** Asks an address for its state and sends none. */
  probePool(to: Address, signal: AbortSignal): Promise<Contact<PushPull>>;
}

export interface PoolProbeRequest extends TimeBounds {
  readonly seeds: readonly string[];
}

/**
 * Probes the pools of all seeds at once, with one deadline.
 * @throws GossipError GOSSIP_JOIN_FAILED when no seed answered; a signal's reason when it aborts.
 */
export async function probePool(parts: PoolProbeParts, request: PoolProbeRequest): Promise<PoolProbeResult> {
  const { seeds } = request;
  if (seeds.length === 0) throw new GossipError('GOSSIP_JOIN_FAILED', 'no seed to probe was given');
  const attempts = await withinTime(parts.clock, request, (over) =>
    contactSeeds(parts, seeds, over, (address) => parts.probePool(address, over)),
  );
  const failures = attempts.flatMap((attempt) => (attempt.ok ? [] : [attempt.error]));
  const answers = attempts.flatMap((attempt) => (attempt.ok ? [attempt] : []));
  if (answers.length === 0) throw joinFailed(failures);
  const members = answers.flatMap(({ address, value }) => membersOf(value, address.port));
  return {
    answered: answers.map(({ address }) => address),
    members,
    failures: failures.map((error) => ({ seed: error.seed, error })),
  };
}

/**
 * Why the admission policy refuses the pool at an address; undefined when it admits the pool. Sends no state of this
 * member, because an address of an old snapshot may belong to another pool by now (gossip.md 8.15). Rejects when the
 * address does not answer.
 */
export async function refusalOfPool(
  parts: Pick<PoolProbeParts, 'probePool'> & { readonly defaultPort: number },
  admission: AdmissionPolicy | undefined,
  to: Address,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (admission === undefined) return undefined;
  const contact = await parts.probePool(to, signal);
  if (!contact.ok) throw new Error(contact.failure.reason);
  const candidates = contact.value.nodes.map((node) => toCandidate(node, parts.defaultPort));
  return refusalBy(admission)(candidates);
}

function membersOf({ nodes }: PushPull, poolPort: number): readonly AdmissionCandidate[] {
  return nodes.map((node) => describeCandidate(toCandidate(node, poolPort)));
}
