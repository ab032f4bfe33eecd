import type { AdmissionPolicy, Clock } from '@hobnob/gossip';
import type { AgentErrorCode } from '../errors.ts';
import type { AgentLogger } from '../ports.ts';

/** Every push/pull brings a refused member again; a reason is logged once in this time. */
const repeatMs = 60_000;
/** Reasons remembered: a limit, because a peer chooses the names in them. */
const rememberedMax = 64;

/** A policy, and the error a join ends with when it refuses. */
export interface AdmissionRule {
  readonly code: AgentErrorCode;
  readonly policy: AdmissionPolicy;
}

export interface Refusal {
  readonly code: AgentErrorCode;
  readonly reason: string;
}

/**
 * Admission by several rules that remembers why it refused: a failed join can say so, and the log gets
 * every reason at most once a minute.
 */
export class Refusals {
  readonly #rules: readonly AdmissionRule[];
  readonly #clock: Clock;
  readonly #logger: AgentLogger;
  readonly #loggedAtMs = new Map<string, number>();
  #last: Refusal | undefined;

  constructor(
    rules: readonly AdmissionRule[],
    { clock, logger }: { readonly clock: Clock; readonly logger: AgentLogger },
  ) {
    this.#rules = rules;
    this.#clock = clock;
    this.#logger = logger;
  }

  /** The gossip's admission policy: the first rule that refuses decides. */
  readonly decide: AdmissionPolicy = (members) => {
    for (const { code, policy } of this.#rules) {
      const reason = policy(members);
      if (reason === undefined) continue;
      this.#note({ code, reason });
      return reason;
    }
    return undefined;
  };

  /** The latest refusal since the last call, if any. */
  takeLast(): Refusal | undefined {
    const last = this.#last;
    this.#last = undefined;
    return last;
  }

  #note(refusal: Refusal): void {
    this.#last = refusal;
    const { code, reason } = refusal;
    const nowMs = this.#clock.nowMs();
    const loggedAtMs = this.#loggedAtMs.get(reason);
    if (loggedAtMs !== undefined && nowMs - loggedAtMs < repeatMs) return;
    if (this.#loggedAtMs.size >= rememberedMax) this.#loggedAtMs.clear();
    this.#loggedAtMs.set(reason, nowMs);
    if (code === 'AGENT_MIXED_SERVERS') this.#logger.error({ reason }, 'refused members of a peer');
    else this.#logger.warn({ reason }, 'refused members of a peer');
  }
}
