/** The numbers a suspicion is made of; they depend on the pool's size when it begins. */
export interface SuspicionTerms {
  /** How many confirmations shorten the wait to its minimum. 0: the minimum holds from the start. */
  readonly confirmationsNeeded: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** A member under suspicion: a deadline that moves closer with every independent accuser. */
export interface Suspicion {
  readonly terms: SuspicionTerms;
  readonly startedAtMs: number;
  readonly accusers: ReadonlySet<string>;
  readonly deadlineMs: number;
}

/**
 * @param probeIntervalMs the unscaled probe interval
 * Source: Lifeguard §IV-B; memberlist state.go suspectNode, util.go suspicionTimeout.
 */
export function suspicionTerms(
  membersCount: number,
  probeIntervalMs: number,
  suspicionMult: number,
  maxTimeoutMult: number,
): SuspicionTerms {
  const scale = Math.max(1, Math.log10(Math.max(1, membersCount)));
  const minMs = (suspicionMult * Math.trunc(scale * 1000) * probeIntervalMs) / 1000;
  // Where the longest wait is the shortest one, nobody's confirmation can change it.
  const wanted = maxTimeoutMult <= 1 ? 0 : suspicionMult - 2;
  const confirmationsNeeded = membersCount - 2 < wanted ? 0 : Math.max(0, wanted);
  return { confirmationsNeeded, minMs, maxMs: maxTimeoutMult * minMs };
}

export function beginSuspicion(terms: SuspicionTerms, accuser: string, nowMs: number): Suspicion {
  const timeoutMs = terms.confirmationsNeeded < 1 ? terms.minMs : terms.maxMs;
  return { terms, startedAtMs: nowMs, accusers: new Set([accuser]), deadlineMs: nowMs + timeoutMs };
}

/** The suspicion with its whole course moved: time in which we could hear nobody does not count. */
export function postponeSuspicion(suspicion: Suspicion, byMs: number): Suspicion {
  const { startedAtMs, deadlineMs } = suspicion;
  return { ...suspicion, startedAtMs: startedAtMs + byMs, deadlineMs: deadlineMs + byMs };
}

/**
 * The suspicion with one more accuser, or undefined when that one changes nothing and is not to be told on.
 * One that should have run out already runs out at `nowMs`.
 */
export function confirmSuspicion(
  suspicion: Suspicion,
  accuser: string,
  nowMs: number,
): Suspicion | undefined {
  const { terms, startedAtMs, accusers } = suspicion;
  const confirmations = accusers.size - 1;
  if (confirmations >= terms.confirmationsNeeded || accusers.has(accuser)) return undefined;
  const progress = Math.log(confirmations + 2) / Math.log(terms.confirmationsNeeded + 1);
  const timeoutMs = Math.max(terms.minMs, Math.floor(terms.maxMs - progress * (terms.maxMs - terms.minMs)));
  return {
    terms,
    startedAtMs,
    accusers: new Set([...accusers, accuser]),
    deadlineMs: Math.max(nowMs, startedAtMs + timeoutMs),
  };
}
