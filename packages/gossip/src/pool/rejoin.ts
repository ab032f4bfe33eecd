import { parseSeed } from '../io/resolve-seed.ts';
import type { Rng } from '../ports.ts';
import type { Snapshot } from '../serf/snapshot/snapshot-recovery.ts';
import { shuffle } from '../swim/random.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import type { JoinParts } from './join.ts';

/** What going back to a pool needs of the member that does. */
export type RejoinParts = Omit<
  JoinParts,
  'announce' | 'name' | 'probeTimeoutMs' | 'advertised' | 'overrulingKeyring'
> & {
  readonly rng: Rng;
  readonly selfName: string;
  /** Asks who is at an address; resolves with the reason not to rejoin there. Rejects when nobody answers. */
  refusal(target: RejoinTarget, signal: AbortSignal): Promise<string | undefined>;
};

/** An address of a snapshot, and whom we expect there: a member, or for a seed anybody whose pool lists one of these. */
export interface RejoinTarget {
  readonly address: Address;
  readonly name: string | undefined;
  readonly ourNames: ReadonlySet<string>;
}

/** Addresses that are tried at once: a dead one costs a whole timeout, and many at once would be a flood. */
const groupSize = 3;

/**
 * Goes back to the pool that a snapshot tells of: to those who were alive, else to those who had failed, else
 * to the seeds, each in random order and some at once, until one exchange of state succeeds. Their addresses may
 * belong to others by now, so `refusal` asks first. No join intent
 * follows, as the pool knows us. Resolves to who answered, or to undefined when nobody did before the signal.
 * Never rejects. Source: serf serf.go handleRejoin; failed members and seeds are ours (gossip.md 8.16).
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

/** The first of them that takes part in an exchange. */
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
    if (outcome.answer.from === 'ourselves') throw new Error('we answered ourselves');
    return address;
  });
  try {
    return await Promise.any(attempts);
  } catch {
    // Each of them failed: dead addresses, as the driver has logged, or pools that are not ours, as `refusal` has.
    return undefined;
  }
}
