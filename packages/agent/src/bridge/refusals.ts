import type { AdmissionPolicy, Clock } from '@hobnob/gossip';
import type { AgentLogger } from '../ports.ts';

/** A refused member announces itself again with every exchange: once in this time is news enough. */
const repeatMs = 60_000;
/** Different refusals remembered; a peer chooses the names in them, so there must be an end. */
const remembered = 64;

/**
 * An admission policy that remembers why it refused: a failed join can say so, and the log hears of every
 * reason at most once a minute.
 */
export class Refusals {
  readonly #policy: AdmissionPolicy;
  readonly #clock: Clock;
  readonly #logger: AgentLogger;
  readonly #loggedAtMs = new Map<string, number>();
  #last: string | undefined;

  constructor(
    policy: AdmissionPolicy,
    { clock, logger }: { readonly clock: Clock; readonly logger: AgentLogger },
  ) {
    this.#policy = policy;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** To be given to the gossip. */
  readonly decide: AdmissionPolicy = (members) => {
    const reason = this.#policy(members);
    if (reason !== undefined) this.#note(reason);
    return reason;
  };

  /** The latest reason since the last call, if any. */
  takeLast(): string | undefined {
    const last = this.#last;
    this.#last = undefined;
    return last;
  }

  #note(reason: string): void {
    this.#last = reason;
    const nowMs = this.#clock.nowMs();
    const loggedAtMs = this.#loggedAtMs.get(reason);
    if (loggedAtMs !== undefined && nowMs - loggedAtMs < repeatMs) return;
    if (this.#loggedAtMs.size >= remembered) this.#loggedAtMs.clear();
    this.#loggedAtMs.set(reason, nowMs);
    this.#logger.warn({ reason }, 'refused members of a peer');
  }
}
