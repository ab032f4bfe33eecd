import { GossipError } from './errors.ts';
import type { JoinFailure, JoinResult } from './gossip.ts';
import type { ExchangeOutcome } from './io/driver.ts';
import { pause } from './io/pending.ts';
import { parseSeed } from './io/resolve-seed.ts';
import type { Clock } from './ports.ts';
import { type Address, formatAddress } from './wire/address.ts';

/** What a join needs of the member that joins. */
export interface JoinParts {
  readonly clock: Clock;
  readonly defaultPort: number;
  /** All addresses of a host name. */
  resolve(
    seed: { readonly host: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<readonly Address[]>;
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

type Attempt =
  | { readonly ok: true; readonly address: Address }
  | { readonly ok: false; readonly failure: JoinFailure };

/**
 * Joins through all seeds at once, under one deadline, and makes sure that one of them took us in.
 * @throws GossipError GOSSIP_JOIN_FAILED, GOSSIP_NOT_ADMITTED; a signal's reason when it aborts.
 */
export async function joinPool(parts: JoinParts, request: JoinRequest): Promise<JoinResult> {
  const { seeds, timeoutMs, signals } = request;
  if (seeds.length === 0) throw new GossipError('GOSSIP_JOIN_FAILED', 'no seed to join was given');
  for (const signal of signals) signal.throwIfAborted();
  const over = new AbortController();
  const looking = new AbortController();
  const end = (reason: unknown): void => {
    over.abort(reason);
    looking.abort();
  };
  const cancelDeadline = parts.clock.wakeAt(parts.clock.nowMs() + timeoutMs, () => {
    end(new Error(`no answer within ${timeoutMs} ms`));
  });
  const onAbort = (event: Event): void => end((event.target as AbortSignal).reason);
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true });
  const round: Round = { over: over.signal, looking, admitted: false };
  try {
    const attempts = (await Promise.all(seeds.map((seed) => trySeed(parts, seed, round)))).flat();
    for (const signal of signals) signal.throwIfAborted();
    return judge(parts, attempts, round);
  } finally {
    cancelDeadline();
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
}

/** One peer that counts us in is enough: it tells the others. We ourselves are no such peer. */
function judge(parts: JoinParts, attempts: readonly Attempt[], { admitted }: Round): JoinResult {
  const reached = attempts.flatMap((attempt) => (attempt.ok ? [attempt.address] : []));
  const failures = attempts.flatMap((attempt) => (attempt.ok ? [] : [attempt.failure]));
  if (reached.length === 0) throw joinFailed(failures);
  const peers = reached.filter((address) => !parts.isSelf(address));
  if (!admitted && peers.length > 0) {
    throw new GossipError(
      'GOSSIP_NOT_ADMITTED',
      `${peers.map(formatAddress).join(', ')} answered but did not take us in; look for the reason in its log (another datacenter, a node id or name in use, or an older protocol)`,
    );
  }
  return { joinedCount: reached.length, failures };
}

async function trySeed(parts: JoinParts, seed: string, round: Round): Promise<readonly Attempt[]> {
  const fail = (error: Error): Attempt => ({ ok: false, failure: { seed, error } });
  const parsed = parseSeed(seed, parts.defaultPort);
  if (!parsed.ok) return [fail(new Error(parsed.problem))];
  let addresses: readonly Address[];
  try {
    addresses = await parts.resolve(parsed.seed, round.over);
  } catch (error) {
    return [fail(error instanceof Error ? error : new Error(String(error)))];
  }
  return Promise.all(
    addresses.map(async (address): Promise<Attempt> => {
      try {
        const outcome = await parts.exchange(address, 'join', round.over);
        if (outcome.type === 'failed') return fail(new Error(`${formatAddress(address)}: ${outcome.reason}`));
        parts.announce();
        if (!parts.isSelf(address)) await lookForAdmission(parts, address, outcome, round);
        return { ok: true, address };
      } catch (error) {
        return fail(new Error(`${formatAddress(address)}: ${reasonOf(error)}`, { cause: error }));
      }
    }),
  );
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

function joinFailed(failures: readonly JoinFailure[]): GossipError {
  const reasons = failures.map(({ seed, error }) => `${seed}: ${error.message}`);
  const cause = new AggregateError(failures.map(({ error }) => error));
  return new GossipError('GOSSIP_JOIN_FAILED', `no seed could be joined: ${reasons.join('; ')}`, { cause });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
