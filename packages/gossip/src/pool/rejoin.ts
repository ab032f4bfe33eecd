import { shuffle } from '../collections/random-choice.ts';
import { parseSeed } from '../io/resolve-seed.ts';
import type { Rng } from '../ports.ts';
import type { Snapshot } from '../serf/snapshot/snapshot-recovery.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import type { JoinParts } from './join.ts';

/** What a rejoin takes from its member. */
export type RejoinParts = Omit<
  JoinParts,
  'announce' | 'name' | 'probeTimeoutMs' | 'advertised' | 'overrulingKeyring'
> & {
  readonly rng: Rng;
  readonly selfName: string;
  /** Checks who is at an address: the reason not to rejoin there, or undefined. Rejects without an answer. */
  refusal(target: RejoinTarget, signal: AbortSignal): Promise<string | undefined>;
};

/** An address of a snapshot with the member that is expected there; for a seed, with the names its pool should list. */
export interface RejoinTarget {
  readonly address: Address;
  readonly name: string | undefined;
  /** The names of the snapshot, of which the pool of a seed has to list at least one. */
  readonly ourNames: ReadonlySet<string>;
}

/** Addresses that are contacted at once. A dead one takes a whole timeout; more at once would be a flood. */
const groupSize = 3;

/**
 * Rejoins the pool of a snapshot: contacts the members that were alive, then those that had failed, then the seeds, in
 * random order and in groups, until one push/pull succeeds. An address may belong to another process by now, so `refusal`
 * checks it first. No join intent follows, because the pool knows this member. Resolves with the address that answered;
 * with undefined when none did before the signal aborted. Never rejects.
 * Source: serf serf.go handleRejoin; failed members and seeds are an addition (gossip.md 8.16).
 */
export async function rejoinPool(
  parts: RejoinParts,
  snapshot: Pick<Snapshot, 'alive' | 'failed' | 'seeds'>,
  signal: AbortSignal,
): Promise<Address | undefined> {
  const tried = new Set<string>();
  const { alive, failed, seeds } = snapshot;
  const known = [...alive.keys(), ...failed.keys()].filter((name) => name !== parts.selfName);
  const ourNames = new Set(known.length === 0 ? [] : [...known, parts.selfName]);
  const tiers = [
    () => memberTargets(parts, alive, ourNames),
    () => memberTargets(parts, failed, ourNames),
    async () =>
      (await seedAddresses(parts, seeds, signal)).map((address) => ({ address, name: undefined, ourNames })),
  ];
  for (const tier of tiers) {
    const targets = (await tier()).filter(({ address }) => {
      const isNew = !tried.has(formatAddress(address)) && !parts.isSelf(address);
      tried.add(formatAddress(address));
      return isNew;
    });
    shuffle(targets, parts.rng);
    for (let i = 0; i < targets.length && !signal.aborted; i += groupSize) {
      const answered = await tryGroup(parts, targets.slice(i, i + groupSize), signal);
      if (answered !== undefined) return answered;
    }
  }
  return undefined;
}

async function memberTargets(
  { selfName }: RejoinParts,
  members: ReadonlyMap<string, Address>,
  ourNames: ReadonlySet<string>,
): Promise<readonly RejoinTarget[]> {
  return [...members].flatMap(([name, address]) => (name === selfName ? [] : [{ address, name, ourNames }]));
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

/** The first address of a group whose push/pull succeeds. */
async function tryGroup(
  parts: RejoinParts,
  group: readonly RejoinTarget[],
  signal: AbortSignal,
): Promise<Address | undefined> {
  const attempts = group.map(async (target) => {
    const { address } = target;
    const refusal = await parts.refusal(target, signal);
    if (refusal !== undefined) throw new Error(refusal);
    const outcome = await parts.pushPull(address, 'join', signal);
    if (outcome.type === 'failed') throw new Error(outcome.failure.reason);
    if (outcome.answer.from === 'ourselves') throw new Error('the address is our own');
    return address;
  });
  try {
    return await Promise.any(attempts);
  } catch {
    // All failed. The driver has logged the dead addresses, and `refusal` the refused ones.
    return undefined;
  }
}
