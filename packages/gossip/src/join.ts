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
  /** One full exchange of state. */
  exchange(to: Address, intent: 'join' | 'sync', signal: AbortSignal): Promise<ExchangeOutcome>;
  /** The first seed has answered: tell the pool. */
  announce(): void;
}

export interface JoinRequest {
  readonly seeds: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * A peer answers a join before it judges it, so success is no proof of admission (spec 8.9). We look
 * again after these times; a peer that admits us does so within one step, so the first look nearly always suffices.
 */
const admissionLooksMs = [50, 200, 750, 1500];

type Attempt =
  | { readonly ok: true; readonly address: Address; readonly listsUs: boolean }
  | { readonly ok: false; readonly failure: JoinFailure };

/**
 * Joins through all seeds at once, under one deadline, and makes sure that one of them took us in.
 * @throws GossipError GOSSIP_JOIN_FAILED, GOSSIP_NOT_ADMITTED; the signal's reason when it aborts.
 */
export async function joinPool(parts: JoinParts, request: JoinRequest): Promise<JoinResult> {
  const { seeds, timeoutMs, signal } = request;
  if (seeds.length === 0) throw new GossipError('GOSSIP_JOIN_FAILED', 'no seed to join was given');
  const deadline = new AbortController();
  const cancelDeadline = parts.clock.wakeAt(parts.clock.nowMs() + timeoutMs, () => {
    deadline.abort(new Error(`no answer within ${timeoutMs} ms`));
  });
  const onAbort = (): void => deadline.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const attempts = (await Promise.all(seeds.map((seed) => trySeed(parts, seed, deadline.signal)))).flat();
    signal?.throwIfAborted();
    const reached = attempts.filter((attempt) => attempt.ok);
    const failures = attempts.flatMap((attempt) => (attempt.ok ? [] : [attempt.failure]));
    if (reached.length === 0) throw joinFailed(failures);
    await requireAdmission(parts, reached, deadline.signal);
    signal?.throwIfAborted();
    return { joinedCount: reached.length, failures };
  } finally {
    cancelDeadline();
    signal?.removeEventListener('abort', onAbort);
  }
}

async function trySeed(parts: JoinParts, seed: string, signal: AbortSignal): Promise<readonly Attempt[]> {
  const fail = (error: Error): Attempt => ({ ok: false, failure: { seed, error } });
  const parsed = parseSeed(seed, parts.defaultPort);
  if (!parsed.ok) return [fail(new Error(parsed.problem))];
  let addresses: readonly Address[];
  try {
    addresses = await parts.resolve(parsed.seed, signal);
  } catch (error) {
    return [fail(error instanceof Error ? error : new Error(String(error)))];
  }
  return Promise.all(
    addresses.map(async (address): Promise<Attempt> => {
      try {
        const outcome = await parts.exchange(address, 'join', signal);
        if (outcome.type === 'failed') return fail(new Error(`${formatAddress(address)}: ${outcome.reason}`));
        parts.announce();
        return { ok: true, address, listsUs: outcome.listsUs };
      } catch (error) {
        return fail(new Error(`${formatAddress(address)}: ${reasonOf(error)}`, { cause: error }));
      }
    }),
  );
}

/** One peer that counts us in is enough: it tells the others. */
async function requireAdmission(
  parts: JoinParts,
  reached: readonly { readonly address: Address; readonly listsUs: boolean }[],
  signal: AbortSignal,
): Promise<void> {
  if (reached.some(({ listsUs }) => listsUs)) return;
  for (const waitMs of admissionLooksMs) {
    await pause(parts.clock, waitMs, signal);
    const looks = reached.map(({ address }) => looksAdmitted(parts, address, signal));
    if ((await Promise.all(looks)).some((admitted) => admitted)) return;
    if (signal.aborted) break;
  }
  const peers = reached.map(({ address }) => formatAddress(address)).join(', ');
  throw new GossipError(
    'GOSSIP_NOT_ADMITTED',
    `${peers} answered but did not take us in; look for the reason in its log (another datacenter, a node id or name in use, or an older protocol)`,
  );
}

async function looksAdmitted(parts: JoinParts, address: Address, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    const outcome = await parts.exchange(address, 'sync', signal);
    return outcome.type === 'merged' && outcome.listsUs;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

function joinFailed(failures: readonly JoinFailure[]): GossipError {
  const reasons = failures.map(({ seed, error }) => `${seed}: ${error.message}`);
  const cause = new AggregateError(failures.map(({ error }) => error));
  return new GossipError('GOSSIP_JOIN_FAILED', `no seed could be joined: ${reasons.join('; ')}`, { cause });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
