import { GossipError, isKeyMismatch, type SeedError } from '../errors.ts';
import type { JoinResult } from '../gossip.ts';
import type { PushPullOutcome } from '../io/driver.ts';
import type { Clock } from '../ports.ts';
import { pause } from '../runtime/waits.ts';
import type { OwnListing, OwnReach } from '../swim/reach/own-listing.ts';
import type { Contact } from '../swim/types.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import { type Attempt, contactSeeds, type SeedParts, withinTime } from './seeds.ts';

/** What a join takes from its member. */
export interface JoinParts extends SeedParts {
  readonly clock: Clock;
  readonly name: string;
  /** The address that this member announces. */
  readonly advertised: Address;
  /** How long a peer takes to check whether a name has moved to this member's address. */
  readonly probeTimeoutMs: number;
  /** The key ring file, when its keys overrule those of the options. */
  readonly overrulingKeyring: string | undefined;
  /** Whether an address is one of this member. */
  isSelf(address: Address): boolean;
  /** Makes one push/pull. */
  pushPull(to: Address, intent: 'join' | 'sync', signal: AbortSignal): Promise<PushPullOutcome>;
  /** Broadcasts the join intent. Called when another member has answered. */
  announce(): void;
}

export interface JoinRequest {
  readonly seeds: readonly string[];
  readonly timeoutMs: number;
  /** Any of them ends the join with its reason. */
  readonly signals: readonly AbortSignal[];
}

/**
 * A peer answers a join before it decides on it, so an answer is no proof of admission (gossip.md 8.9). Further push/pulls
 * after these delays show whether the peer lists this member. One is enough for a newcomer. A member that restarts needs
 * two, because the first answer only shows which incarnation it has to exceed.
 */
const admissionDelaysMs = [50, 50, 200, 400, 300, 1500];

/** The state that all addresses of one join share. */
interface Round {
  /** Aborts when the time is over or the caller cancels. */
  readonly over: AbortSignal;
  /** Aborts when a peer has admitted this member, and with `over`: ends the checks at all addresses. */
  readonly checking: AbortController;
  admitted: boolean;
}

/** Who answered at an address, and how its last answer listed this member. */
interface Answer {
  readonly from: 'another' | 'ourselves';
  readonly listing: OwnListing;
  /** Whether peers reach this member at its advertised address. */
  readonly reach: OwnReach;
  /** The time was over before the last check. */
  readonly isCutOff?: boolean;
}

/**
 * Joins through all seeds at once, with one deadline, and checks that a peer which answered lists this member by its
 * name, advertised address and present incarnation.
 * @throws GossipError GOSSIP_JOIN_FAILED, GOSSIP_NOT_ADMITTED; a signal's reason when it aborts.
 */
export async function joinPool(parts: JoinParts, request: JoinRequest): Promise<JoinResult> {
  const { seeds } = request;
  if (seeds.length === 0) throw new GossipError('GOSSIP_JOIN_FAILED', 'no seed to join was given');
  const checking = new AbortController();
  const round = await withinTime(parts.clock, request, async (over) => {
    over.addEventListener('abort', () => checking.abort(), { once: true });
    const shared: Round = { over, checking, admitted: false };
    const attempts = await contactSeeds(parts, seeds, over, (address) => joinAt(parts, address, shared));
    return { attempts, admitted: shared.admitted };
  });
  return resultOf(parts, request, round.attempts, round);
}

/**
 * The result of a join. Admission by one peer is enough, because that peer gossips it. When only this member itself
 * answered, the join succeeds without having joined another member, because the first member of a pool is alone.
 */
function resultOf(
  parts: JoinParts,
  request: JoinRequest,
  attempts: readonly Attempt<Answer>[],
  { admitted }: Pick<Round, 'admitted'>,
): JoinResult {
  const answers = attempts.flatMap((attempt) => (attempt.ok ? [attempt] : []));
  const failures = attempts.flatMap((attempt) => (attempt.ok ? [] : [attempt.error]));
  if (answers.length === 0) throw joinFailed(failures, parts.overrulingKeyring);
  const others = answers.filter(({ value }) => value.from === 'another');
  if (!admitted && others.length > 0) throw notAdmitted(parts, request, others);
  return { joinedCount: others.length, failures: failures.map((error) => ({ seed: error.seed, error })) };
}

async function joinAt(parts: JoinParts, address: Address, round: Round): Promise<Contact<Answer>> {
  const outcome = await parts.pushPull(address, 'join', round.over);
  if (outcome.type === 'failed') return { ok: false, failure: outcome.failure };
  const { from, listing, reach } = outcome.answer;
  if (from === 'ourselves' || (from === 'unclear' && parts.isSelf(address))) {
    return { ok: true, value: { from: 'ourselves', listing, reach } };
  }
  parts.announce();
  const last = await awaitAdmission(parts, address, { from: 'another', listing, reach }, round);
  return { ok: true, value: last };
}

/** Repeats the push/pull until a peer admits this member or the time is over. Resolves with the last answer. */
async function awaitAdmission(
  parts: JoinParts,
  address: Address,
  first: Answer,
  round: Round,
): Promise<Answer> {
  const { checking } = round;
  let last = first;
  for (const waitMs of [...admissionDelaysMs, parts.probeTimeoutMs]) {
    if (last.listing.type === 'admitted' && last.reach !== 'checking') break;
    await pause(parts.clock, waitMs, checking.signal);
    if (checking.signal.aborted) break;
    try {
      const outcome = await parts.pushPull(address, 'sync', checking.signal);
      if (outcome.type === 'merged') last = { ...outcome.answer, from: 'another' };
    } catch (error) {
      if (checking.signal.aborted) break;
      throw error;
    }
  }
  // A check of the address that is still open counts as passed: silence does not prove that it is unreachable.
  if (last.listing.type !== 'admitted' || last.reach === 'unreached') {
    return { ...last, isCutOff: round.over.aborted };
  }
  round.admitted = true;
  checking.abort();
  return last;
}

/** Names the member that has this name, if a peer lists one, and otherwise where the reason can be found. */
function notAdmitted(
  { name, advertised }: JoinParts,
  { timeoutMs }: JoinRequest,
  others: readonly { readonly address: Address; readonly value: Answer }[],
): GossipError {
  for (const { address, value } of others) {
    const { listing } = value;
    if (listing.type !== 'taken') continue;
    const [peer, holder] = [formatAddress(address), formatAddress(listing.by)];
    const text =
      listing.state === 'dead'
        ? `${peer} keeps the name "${name}" for the failed member at ${holder}; give this member another name, or force-leave the failed one`
        : `${peer} lists the name "${name}" for the member at ${holder}; give this member another name, or stop that one`;
    return new GossipError('GOSSIP_NOT_ADMITTED', text);
  }
  const peers = others.map(({ address }) => formatAddress(address)).join(', ');
  if (others.some(({ value }) => value.reach === 'unreached')) {
    const text = `${peers} cannot reach this member at ${formatAddress(advertised)}, the address that it announces; set advertise to one that leads here`;
    return new GossipError('GOSSIP_NOT_ADMITTED', text);
  }
  if (others.every(({ value }) => value.isCutOff)) {
    const text = `${peers} answered but did not list this member within ${timeoutMs} ms, which a busy machine may need; join again, or set timeoutMs to more`;
    return new GossipError('GOSSIP_NOT_ADMITTED', text);
  }
  return new GossipError(
    'GOSSIP_NOT_ADMITTED',
    `${peers} answered but did not admit this member; their logs have the reason (another datacenter, a node id in use, or an older protocol)`,
  );
}

/**
 * The error of a join or pool probe when no seed answered: lists each reason once. Names the key ring file that overruled
 * the keys of the options if the keys do not match.
 */
export function joinFailed(failures: readonly SeedError[], overrulingKeyring?: string): GossipError {
  const reasons = new Set(failures.map(({ message }) => message));
  if (overrulingKeyring !== undefined && failures.some(isKeyMismatch)) {
    reasons.add(`the key ring file ${overrulingKeyring} is used, and differs from encryption.keys`);
  }
  const cause = new AggregateError(failures);
  return new GossipError('GOSSIP_JOIN_FAILED', `no seed could be joined: ${[...reasons].join('; ')}`, {
    cause,
  });
}
