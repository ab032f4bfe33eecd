import { GossipError, type SeedError } from '../errors.ts';
import type { JoinResult } from '../gossip.ts';
import type { ExchangeOutcome } from '../io/driver.ts';
import { pause } from '../io/pending.ts';
import type { Clock } from '../ports.ts';
import type { Contact } from '../swim/types.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import { type Attempt, contactSeeds, type SeedParts, withinTime } from './seeds.ts';

/** What a join needs of the member that joins. */
export interface JoinParts extends SeedParts {
  readonly clock: Clock;
  /** Whether this is where we are ourselves: lists of seeds often name all members. */
  isSelf(address: Address): boolean;
  /** One full exchange of state. */
  exchange(to: Address, intent: 'join' | 'sync', signal: AbortSignal): Promise<ExchangeOutcome>;
  /** The first seed has answered: tell the pool. */
  announce(): void;
}

export interface JoinRequest {
  readonly seeds: readonly string[];
  readonly timeoutMs: number;
  /** Any of them ends the join with its reason. */
  readonly signals: readonly AbortSignal[];
}

/**
 * A peer answers a join before it judges it, so success is no proof of admission (spec 8.9). We look
 * again after these times; a peer that admits us does so within one step, so the first look nearly always suffices.
 */
const admissionLooksMs = [50, 200, 750, 1500];

/** What the attempts of one join share. */
interface Round {
  /** Ends everything: the time is over, or the caller gave up. */
  readonly over: AbortSignal;
  /** Aborted when a peer counts us in, and when the round is over: nobody has to look any more. */
  readonly looking: AbortController;
  admitted: boolean;
}

/**
 * Joins through all seeds at once, under one deadline, and makes sure that one of them took us in.
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
  return judge(parts, round.attempts, round);
}

/** One peer that counts us in is enough: it tells the others. We ourselves are no such peer. */
function judge(
  parts: JoinParts,
  attempts: readonly Attempt<undefined>[],
  { admitted }: Pick<Round, 'admitted'>,
): JoinResult {
  const reached = attempts.flatMap((attempt) => (attempt.ok ? [attempt.address] : []));
  const failures = attempts.flatMap((attempt) => (attempt.ok ? [] : [attempt.error]));
  if (reached.length === 0) throw joinFailed(failures);
  const peers = reached.filter((address) => !parts.isSelf(address));
  if (!admitted && peers.length > 0) {
    throw new GossipError(
      'GOSSIP_NOT_ADMITTED',
      `${peers.map(formatAddress).join(', ')} answered but did not take us in; look for the reason in its log (another datacenter, a node id or name in use, or an older protocol)`,
    );
  }
  return { joinedCount: reached.length, failures: failures.map((error) => ({ seed: error.seed, error })) };
}

async function joinAt(parts: JoinParts, address: Address, round: Round): Promise<Contact<undefined>> {
  const outcome = await parts.exchange(address, 'join', round.over);
  if (outcome.type === 'failed') return { ok: false, failure: outcome.failure };
  parts.announce();
  if (!parts.isSelf(address)) await lookForAdmission(parts, address, outcome, round);
  return { ok: true, value: undefined };
}

/** Looks until this peer counts us in, another one does, or there is no more time. */
async function lookForAdmission(
  parts: JoinParts,
  address: Address,
  first: ExchangeOutcome,
  round: Round,
): Promise<void> {
  const { looking } = round;
  let outcome = first;
  for (const waitMs of admissionLooksMs) {
    if (outcome.type === 'merged' && outcome.listsUs) break;
    await pause(parts.clock, waitMs, looking.signal);
    if (looking.signal.aborted) return;
    try {
      outcome = await parts.exchange(address, 'sync', looking.signal);
    } catch (error) {
      if (looking.signal.aborted) return;
      throw error;
    }
  }
  if (outcome.type !== 'merged' || !outcome.listsUs) return;
  round.admitted = true;
  looking.abort();
}

/** What a join or a survey ends with when no seed gave anything: every reason once, in one error. */
export function joinFailed(failures: readonly SeedError[]): GossipError {
  const reasons = new Set(failures.map(({ message }) => message));
  const cause = new AggregateError(failures);
  return new GossipError('GOSSIP_JOIN_FAILED', `no seed could be joined: ${[...reasons].join('; ')}`, {
    cause,
  });
}
