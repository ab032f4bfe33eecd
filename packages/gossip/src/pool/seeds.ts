import { BoundedMap } from '../collections/bounded-map.ts';
import { SeedError, type SeedErrorCode } from '../errors.ts';
import type { JoinFailure } from '../gossip.ts';
import { parseSeed } from '../io/resolve-seed.ts';
import { reasonText } from '../io/system-error.ts';
import type { Clock, Logger } from '../ports.ts';
import type { Contact } from '../swim/types.ts';
import { type Address, formatAddress } from '../wire/address.ts';

/** How seeds become addresses. */
export interface SeedParts {
  readonly defaultPort: number;
  /** All addresses of a host name. */
  resolve(
    seed: { readonly host: string; readonly port: number },
    signal: AbortSignal,
  ): Promise<readonly Address[]>;
}

/** The outcome of one address of a seed, or of a seed without an address. */
export type Attempt<T> =
  | { readonly ok: true; readonly seed: string; readonly address: Address; readonly value: T }
  | { readonly ok: false; readonly error: SeedError };

/** Contacts all addresses of all seeds at once. Never rejects: an error becomes a failed attempt. */
export async function contactSeeds<T>(
  parts: SeedParts,
  seeds: readonly string[],
  over: AbortSignal,
  contact: (address: Address) => Promise<Contact<T>>,
): Promise<readonly Attempt<T>[]> {
  const attempts = seeds.map(async (text): Promise<readonly Attempt<T>[]> => {
    const parsed = parseSeed(text, parts.defaultPort);
    if (!parsed.ok) return [{ ok: false, error: new SeedError('SEED_INVALID', text, parsed.problem) }];
    const { host } = parsed.seed;
    let addresses: readonly Address[];
    try {
      addresses = await parts.resolve(parsed.seed, over);
    } catch (cause) {
      const message = over.aborted ? `cannot resolve "${host}": ${reasonText(cause)}` : reasonText(cause);
      return [
        {
          ok: false,
          error: new SeedError(over.aborted ? 'SEED_TIMEOUT' : 'SEED_UNRESOLVED', text, message, { cause }),
        },
      ];
    }
    return Promise.all(addresses.map((address) => contactOne({ text, host }, address, over, contact)));
  });
  return (await Promise.all(attempts)).flat();
}

async function contactOne<T>(
  seed: { readonly text: string; readonly host: string },
  address: Address,
  over: AbortSignal,
  contact: (address: Address) => Promise<Contact<T>>,
): Promise<Attempt<T>> {
  // A host name is shown with its address, since it may have several.
  const at = formatAddress(address);
  const where = seed.host === address.host ? at : `${seed.host} (${at})`;
  const failed = (code: SeedErrorCode, reason: string, cause: unknown): Attempt<T> => {
    const error = new SeedError(code, seed.text, `${where}: ${reason}`, { address, cause });
    return { ok: false, error };
  };
  try {
    const outcome = await contact(address);
    if (outcome.ok) return { ok: true, seed: seed.text, address, value: outcome.value };
    const { code, reason, cause } = outcome.failure;
    return failed(code, cause === undefined ? reason : reasonText(cause), cause);
  } catch (cause) {
    // Once the time is over, that is the reason of every failure.
    return failed(over.aborted ? 'SEED_TIMEOUT' : 'SEED_UNREACHABLE', reasonText(cause), cause);
  }
}

/** What ends a call: a timeout, or one of the signals. */
export interface TimeBounds {
  readonly timeoutMs: number;
  /** Each of them ends the call, which then rejects with its reason. */
  readonly signals: readonly AbortSignal[];
}

/**
 * Runs `work` with a signal that aborts when the time is over or one of the given signals aborts. Removes its timer and
 * listeners afterwards. `work` decides what the end of the time means.
 */
export async function withinTime<T>(
  clock: Clock,
  { timeoutMs, signals }: TimeBounds,
  work: (over: AbortSignal) => Promise<T>,
): Promise<T> {
  for (const signal of signals) signal.throwIfAborted();
  const over = new AbortController();
  const cancelDeadline = clock.wakeAt(clock.nowMs() + timeoutMs, () => {
    over.abort(new Error(`no answer within ${timeoutMs} ms`));
  });
  const onAbort = (event: Event): void => over.abort((event.target as AbortSignal).reason);
  for (const signal of signals) signal.addEventListener('abort', onAbort, { once: true });
  try {
    const done = await work(over.signal);
    for (const signal of signals) signal.throwIfAborted();
    return done;
  } finally {
    cancelDeadline();
    for (const signal of signals) signal.removeEventListener('abort', onAbort);
  }
}

/** A seed is logged at most once in this time, although a join may be retried every 30 seconds. */
const repeatMs = 10 * 60 * 1000;
const seedsMax = 256;

/** Logs seeds that are invalid or cannot be resolved, which other seeds that answer would hide: one may be misspelt. */
export class UnresolvedSeeds {
  readonly #clock: Pick<Clock, 'nowMs'>;
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #warnedAtMs = new BoundedMap<string, number>(seedsMax);

  constructor(clock: Pick<Clock, 'nowMs'>, logger: Pick<Logger, 'warn'>) {
    this.#clock = clock;
    this.#logger = logger;
  }

  warn(failures: readonly JoinFailure[]): void {
    const nowMs = this.#clock.nowMs();
    for (const { seed, error } of failures) {
      if (error.code !== 'SEED_UNRESOLVED' && error.code !== 'SEED_INVALID') continue;
      if (nowMs - (this.#warnedAtMs.get(seed) ?? Number.NEGATIVE_INFINITY) < repeatMs) continue;
      this.#warnedAtMs.set(seed, nowMs);
      this.#logger.warn({ seed, reason: error.message }, 'Failed to resolve a seed; continuing without it');
    }
  }
}
