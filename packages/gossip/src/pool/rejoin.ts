import { parseSeed } from '../io/resolve-seed.ts';
import type { Rng } from '../ports.ts';
import type { Snapshot } from '../serf/snapshot-recovery.ts';
import { shuffle } from '../swim/random.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import type { JoinParts } from './join.ts';

/** What going back to a pool needs of the member that does. */
export type RejoinParts = Omit<JoinParts, 'announce'> & {
  readonly rng: Rng;
  readonly selfName: string;
  /** Looks at the pool behind an address, and tells why we do not go there; rejects when nobody answers. */
  refusal(address: Address, signal: AbortSignal): Promise<string | undefined>;
};

/** Addresses that are tried at once: a dead one costs a whole timeout, and many at once would be a flood. */
const groupSize = 3;

/**
 * Goes back to the pool that a snapshot tells of: to those who were alive, else to those who had failed, else
 * to the seeds, each in random order and some at once, until one exchange of state succeeds. No join intent
 * follows, as the pool knows us. Resolves to who answered, or to undefined when nobody did before the signal.
 * Never rejects. Source: serf serf.go handleRejoin; failed members and seeds are ours (spec 8.16).
 */
export async function rejoinPool(
  parts: RejoinParts,
  snapshot: Pick<Snapshot, 'alive' | 'failed' | 'seeds'>,
  signal: AbortSignal,
): Promise<Address | undefined> {
  const tried = new Set<string>();
  const tiers = [
    () => memberAddresses(parts, snapshot.alive),
    () => memberAddresses(parts, snapshot.failed),
    () => seedAddresses(parts, snapshot.seeds, signal),
  ];
  for (const tier of tiers) {
    const addresses = (await tier()).filter((address) => {
      const isNew = !tried.has(formatAddress(address)) && !parts.isSelf(address);
      tried.add(formatAddress(address));
      return isNew;
    });
    shuffle(addresses, parts.rng);
    for (let i = 0; i < addresses.length && !signal.aborted; i += groupSize) {
      const answered = await tryGroup(parts, addresses.slice(i, i + groupSize), signal);
      if (answered !== undefined) return answered;
    }
  }
  return undefined;
}

async function memberAddresses(
  { selfName }: RejoinParts,
  members: ReadonlyMap<string, Address>,
): Promise<readonly Address[]> {
  return [...members].flatMap(([name, address]) => (name === selfName ? [] : [address]));
}

async function seedAddresses(
  parts: RejoinParts,
  seeds: readonly string[],
  signal: AbortSignal,
): Promise<readonly Address[]> {
  const found = await Promise.allSettled(
    seeds.map(async (text) => {
      const parsed = parseSeed(text, parts.defaultPort);
      return parsed.ok && !signal.aborted ? parts.resolve(parsed.seed, signal) : [];
    }),
  );
  return found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

/** The first of them that takes part in an exchange. */
async function tryGroup(
  parts: RejoinParts,
  group: readonly Address[],
  signal: AbortSignal,
): Promise<Address | undefined> {
  const attempts = group.map(async (address) => {
    const refusal = await parts.refusal(address, signal);
    if (refusal !== undefined) throw new Error(refusal);
    const outcome = await parts.exchange(address, 'join', signal);
    if (outcome.type === 'failed') throw new Error(outcome.failure.reason);
    return address;
  });
  try {
    return await Promise.any(attempts);
  } catch {
    // Each of them failed: dead addresses, as the driver has logged, or pools that are not ours, as `refusal` has.
    return undefined;
  }
}
