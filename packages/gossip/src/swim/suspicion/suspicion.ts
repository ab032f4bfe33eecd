/** The numbers a suspicion is made of; they depend on the pool's size when it begins. */
export interface SuspicionTerms {
  /** How many confirmations shorten the wait to its minimum. 0: the minimum holds from the start. */
  readonly confirmationsNeeded: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** How long the suspect has to answer a direct suspicion notice; 0 when it gets none. */
  readonly noticeMs: number;
  /** Whether it gets notices at the beginning as well as before the verdict. */
  readonly hasEarlyNotices: boolean;
}

/** The notices that a suspect gets before a verdict. */
const noticesWanted = 3;
/** In a pool of up to so many members each of them sends notices when a suspicion begins, too. */
const earlyNoticeMembersMax = 32;

/** The suspicion of one member: a deadline that moves closer with every independent confirmation. */
export interface Suspicion {
  readonly terms: SuspicionTerms;
  readonly startedAtMs: number;
  /** The members that suspect it, the first one included. Source: memberlist suspicion.go. */
  readonly confirmations: ReadonlySet<string>;
  readonly deadlineMs: number;
  /** How many notices we have sent to the suspect. */
  readonly noticesCount: number;
  /** When we sent the first ping by its name that it has not answered; undefined when it has answered all of them. */
  readonly unansweredSinceMs: number | undefined;
  /** When it last answered a ping of ours; undefined when it has not since the suspicion began. */
  readonly answeredAtMs: number | undefined;
}

/** What the terms of a suspicion depend on. */
export interface SuspicionTiming {
  /** The unscaled probe interval. */
  readonly probeIntervalMs: number;
  readonly suspicionMult: number;
  readonly suspicionMaxTimeoutMult: number;
  /** As in the terms. */
  readonly noticeMs: number;
}

/** Source: Lifeguard §IV-B; memberlist state.go suspectNode, util.go suspicionTimeout. Notices are ours. */
export function suspicionTerms(membersCount: number, timing: SuspicionTiming): SuspicionTerms {
  const { probeIntervalMs, suspicionMult, suspicionMaxTimeoutMult: maxTimeoutMult, noticeMs } = timing;
  const scale = Math.max(1, Math.log10(Math.max(1, membersCount)));
  const minMs = (suspicionMult * Math.trunc(scale * 1000) * probeIntervalMs) / 1000;
  // Where the longest timeout is the shortest one, no confirmation can change it.
  const wanted = maxTimeoutMult <= 1 ? 0 : suspicionMult - 2;
  const confirmationsNeeded = membersCount - 2 < wanted ? 0 : Math.max(0, wanted);
  const hasEarlyNotices = membersCount <= earlyNoticeMembersMax;
  return { confirmationsNeeded, minMs, maxMs: maxTimeoutMult * minMs, noticeMs, hasEarlyNotices };
}

export function beginSuspicion(terms: SuspicionTerms, from: string, nowMs: number): Suspicion {
  const timeoutMs = terms.confirmationsNeeded < 1 ? terms.minMs : terms.maxMs;
  return {
    terms,
    startedAtMs: nowMs,
    confirmations: new Set([from]),
    deadlineMs: nowMs + timeoutMs,
    noticesCount: 0,
    unansweredSinceMs: undefined,
    answeredAtMs: undefined,
  };
}

/**
 * When the suspect gets its next notice, or the suspicion ends. At least half of `noticeMs` lies between two notices.
 */
export function nextNoticeMs(
  { terms, startedAtMs, deadlineMs, noticesCount }: Suspicion,
  nowMs: number,
): number {
  const { noticeMs, hasEarlyNotices } = terms;
  if (noticeMs <= 0) return deadlineMs;
  if (hasEarlyNotices && noticesCount < noticesWanted) {
    const earlyMs = Math.max(nowMs + noticeMs / 2, startedAtMs + (noticesCount + 1) * noticeMs);
    return Math.min(deadlineMs, earlyMs);
  }
  const noticesLeft = Math.min(noticesWanted, Math.ceil((deadlineMs - nowMs) / noticeMs - 0.5) - 1);
  return deadlineMs - Math.max(0, noticesLeft) * noticeMs;
}

/** The suspicion with all its times moved: time in which this process could receive nothing does not count. */
export function postponeSuspicion(suspicion: Suspicion, byMs: number): Suspicion {
  const { startedAtMs, deadlineMs, unansweredSinceMs: sinceMs } = suspicion;
  const unansweredSinceMs = sinceMs === undefined ? undefined : sinceMs + byMs;
  return { ...suspicion, startedAtMs: startedAtMs + byMs, deadlineMs: deadlineMs + byMs, unansweredSinceMs };
}

/** A notice, with a ping by name, was sent to the suspect. */
export function suspectPinged(suspicion: Suspicion, nowMs: number): Suspicion {
  const unansweredSinceMs = suspicion.unansweredSinceMs ?? nowMs;
  return { ...suspicion, noticesCount: suspicion.noticesCount + 1, unansweredSinceMs };
}

/** The suspect answered a ping of ours. */
export function suspectAnswered(suspicion: Suspicion, nowMs: number): Suspicion {
  return { ...suspicion, unansweredSinceMs: undefined, answeredAtMs: nowMs };
}

/** A whole probe round of ours got no ack. One that began before the suspect last answered proves nothing. */
export function probeUnanswered(suspicion: Suspicion, nowMs: number): Suspicion {
  if (suspicion.answeredAtMs !== undefined) return suspicion;
  return {
    ...suspicion,
    unansweredSinceMs: suspicion.unansweredSinceMs ?? nowMs - suspicion.terms.noticeMs,
  };
}

/** The suspicion with its deadline after one more notice, unless it ends sooner. */
export function hastenSuspicion(suspicion: Suspicion, nowMs: number): Suspicion {
  const { terms, deadlineMs } = suspicion;
  return { ...suspicion, deadlineMs: Math.min(deadlineMs, nowMs + terms.noticeMs) };
}

/** How many members confirm the first one's suspicion. */
export function confirmationsCount({ confirmations }: Suspicion): number {
  return confirmations.size - 1;
}

/** What our own pings prove about a suspect. */
export type OwnEvidence = 'unanswered' | 'answered' | 'not-pinged' | 'awaiting-answer';

/**
 * Whether we may call the suspect dead: it did not answer us, or we have not pinged it and two members suspect it.
 * `from` is one more that does.
 */
export function isProven(suspicion: Suspicion, nowMs: number, from?: string): boolean {
  const evidence = ownEvidence(suspicion, nowMs);
  if (evidence !== 'not-pinged') return evidence === 'unanswered';
  const { answeredAtMs, confirmations } = suspicion;
  const isSecond = from !== undefined && !confirmations.has(from);
  return answeredAtMs === undefined && confirmations.size + (isSecond ? 1 : 0) > 1;
}

/**
 * Whether the next notice is the last before the verdict, and no second member suspects it. A datagram may be lost, so
 * this one goes over a stream too.
 */
export function isLastNotice({ confirmations, deadlineMs, terms }: Suspicion, nowMs: number): boolean {
  return confirmations.size < 2 && deadlineMs - nowMs <= 1.5 * terms.noticeMs;
}

/** An answer counts for as long as the notices before a verdict take, and one more. */
export function ownEvidence(suspicion: Suspicion, nowMs: number): OwnEvidence {
  const { terms, unansweredSinceMs, answeredAtMs } = suspicion;
  if (unansweredSinceMs !== undefined) {
    return nowMs >= unansweredSinceMs + terms.noticeMs ? 'unanswered' : 'awaiting-answer';
  }
  const isFresh = answeredAtMs !== undefined && nowMs - answeredAtMs <= (noticesWanted + 1) * terms.noticeMs;
  return isFresh ? 'answered' : 'not-pinged';
}

/**
 * The suspicion with one more confirmation, or undefined when that changes nothing and is not to be gossiped.
 * If the shorter timeout has already passed, it ends at `nowMs`, or as soon as the suspect has had its notices.
 */
export function confirmSuspicion(suspicion: Suspicion, from: string, nowMs: number): Suspicion | undefined {
  const { terms, startedAtMs, confirmations, noticesCount } = suspicion;
  const count = confirmationsCount(suspicion);
  if (count >= terms.confirmationsNeeded || confirmations.has(from)) return undefined;
  const progress = Math.log(count + 2) / Math.log(terms.confirmationsNeeded + 1);
  const timeoutMs = Math.max(terms.minMs, Math.floor(terms.maxMs - progress * (terms.maxMs - terms.minMs)));
  const noticesLeftMs = Math.max(0, noticesWanted - noticesCount) * terms.noticeMs;
  const earliestMs = Math.min(suspicion.deadlineMs, nowMs + noticesLeftMs);
  return {
    ...suspicion,
    confirmations: new Set([...confirmations, from]),
    deadlineMs: Math.max(earliestMs, startedAtMs + timeoutMs),
  };
}
