import { GossipError, isKeyMismatch, type SeedError } from '../errors.ts';
import type { JoinResult } from '../gossip.ts';
import type { PushPullOutcome } from '../io/driver.ts';
import type { Clock } from '../ports.ts';
import { pause } from '../runtime/waits.ts';
import type { OwnListing, OwnReach } from '../swim/own-listing.ts';
import type { Contact } from '../swim/types.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import { type Attempt, contactSeeds, type SeedParts, withinTime } from './seeds.ts';

/** What a join needs of the member that joins. */
export interface JoinParts extends SeedParts {
  readonly clock: Clock;
  readonly name: string;
  /** What we announce. */
  readonly advertised: Address;
  /** How long a peer takes to ask whether a name has moved to us. */
  readonly probeTimeoutMs: number;
  /** The key ring file, when its keys are others than those of the options. */
  readonly overrulingKeyring: string | undefined;
  /** Whether this is where we listen or what we announce. */
  isSelf(address: Address): boolean;
  /** One full exchange of state. */
  pushPull(to: Address, intent: 'join' | 'sync', signal: AbortSignal): Promise<PushPullOutcome>;
  /** Another member has answered: broadcasts our join intent. */
  announce(): void;
}

export interface JoinRequest {
  readonly seeds: readonly string[];
  readonly timeoutMs: number;
  /** Any of them ends the join with its reason. */
  readonly signals: readonly AbortSignal[];
}

/**
 * A peer answers a join before it judges it, so success is no proof of admission (gossip.md 8.9). We look again after
 * these times. The first look is enough for a newcomer; a member that restarts needs the second, since the first
 * answer only showed which incarnation it has to exceed.
 */
const admissionLooksMs = [50, 50, 200, 400, 300, 1500];

/** What the attempts of one join share. */
interface Round {
  /** Ends everything: the time is over, or the caller gave up. */
  readonly over: AbortSignal;
  /** Aborted when a peer admits us, and when the round is over: nobody has to look any more. */
  readonly looking: AbortController;
  admitted: boolean;
}

/** Who answered at an address, and how it listed us last. */
interface Answer {
  readonly from: 'another' | 'ourselves';
  readonly listing: OwnListing;
  /** Whether others reach us at the address that we announce. */
  readonly reach: OwnReach;
  /** The time was over before every look was done. */
  readonly isCutOff?: boolean;
}

/**
 * Joins through all seeds at once, under one deadline, and makes sure that one of those who answered lists us:
 * this name, at this address, in this life.
 * @throws GossipError GOSSIP_JOIN_FAILED, GOSSIP_NOT_ADMITTED; a signal's reason when it aborts.
 */
export async function joinPool(parts: JoinParts, request: JoinRequest): Promise<JoinResult> {
  const { seeds } = request;
  if (seeds.length === 0) throw new GossipError('GOSSIP_JOIN_FAILED', 'no seed to join was given');
  const looking = new AbortController();
  const round = await withinTime(parts.clock, request, async (over) => {
    over.addEventListener('abort', () => looking.abort(), { once: true });
    const shared: Round = { over, looking, admitted: false };
    const attempts = await contactSeeds(parts, seeds, over, (address) => joinAt(parts, address, shared));
    return { attempts, admitted: shared.admitted };
  });
  return judge(parts, request, round.attempts, round);
}

/**
 * One peer that admits us is enough: it tells the others. We ourselves are no such peer; a join that only we
 * answered reached nobody, which is no error, because the first member of a pool is alone.
 */
function judge(
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
  const last = await lookForAdmission(parts, address, { from: 'another', listing, reach }, round);
  return { ok: true, value: last };
}

/** Looks until this peer admits us, another one does, or there is no more time; gives how it listed us last. */
async function lookForAdmission(
  parts: JoinParts,
  address: Address,
  first: Answer,
  round: Round,
): Promise<Answer> {
  const { looking } = round;
  let last = first;
  for (const waitMs of [...admissionLooksMs, parts.probeTimeoutMs]) {
    if (last.listing.type === 'admitted' && last.reach !== 'checking') break;
    await pause(parts.clock, waitMs, looking.signal);
    if (looking.signal.aborted) break;
    try {
      const outcome = await parts.pushPull(address, 'sync', looking.signal);
      if (outcome.type === 'merged') last = { ...outcome.answer, from: 'another' };
    } catch (error) {
      if (looking.signal.aborted) break;
      throw error;
    }
  }
  // Whether we are reached may still be open when the time is over: silence is no proof that we are not.
  if (last.listing.type !== 'admitted' || last.reach === 'unreached') {
    return { ...last, isCutOff: round.over.aborted };
  }
  round.admitted = true;
  looking.abort();
  return last;
}

/** Names the member that holds our name, if a peer lists one, and otherwise where to look for the reason. */
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
        ? `${peer} keeps the name "${name}" for the failed member at ${holder}; give this member another name, or force the failed one out`
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
    `${peers} answered but did not take us in; look for the reason in its log (another datacenter, a node id in use, or an older protocol)`,
  );
}

/**
 * What a join or a survey ends with when no seed gave anything: every reason once, in one error. A key ring file that
 * was used instead of the keys of the options is named when a key is what does not fit.
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
