/** The numbers a suspicion is made of; they depend on the pool's size when it begins. */
export interface SuspicionTerms {
  /** How many confirmations shorten the wait to its minimum. 0: the minimum holds from the start. */
  readonly confirmationsNeeded: number;
  readonly minMs: number;
  readonly maxMs: number;
  /** How long the suspect is given to answer when it is told of the suspicion; 0 when it is not told. */
  readonly noticeMs: number;
  /** Whether it is told at the beginning as well as before the verdict. */
  readonly isNoticedEarly: boolean;
}

/** How often the suspect is told before a verdict. */
const noticesWanted = 3;
/** In a pool of up to so many, all can afford to tell the suspect at once. */
const earlyNoticeMembersMax = 32;

/** A member under suspicion: a deadline that moves closer with every independent accuser. */
export interface Suspicion {
  readonly terms: SuspicionTerms;
  readonly startedAtMs: number;
  readonly accusers: ReadonlySet<string>;
  readonly deadlineMs: number;
  /** How often we have told the suspect ourselves. */
  readonly hearings: number;
  /** Since when a ping of ours by its name is unanswered; undefined when there is none, or it answered since. */
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
  /** As `hearingMs` of the terms. */
  readonly noticeMs: number;
}

/** Source: Lifeguard §IV-B; memberlist state.go suspectNode, util.go suspicionTimeout. The hearing is our own. */
export function suspicionTerms(membersCount: number, timing: SuspicionTiming): SuspicionTerms {
  const { probeIntervalMs, suspicionMult, suspicionMaxTimeoutMult: maxTimeoutMult, noticeMs } = timing;
  const scale = Math.max(1, Math.log10(Math.max(1, membersCount)));
  const minMs = (suspicionMult * Math.trunc(scale * 1000) * probeIntervalMs) / 1000;
  // Where the longest wait is the shortest one, nobody's confirmation can change it.
  const wanted = maxTimeoutMult <= 1 ? 0 : suspicionMult - 2;
  const confirmationsNeeded = membersCount - 2 < wanted ? 0 : Math.max(0, wanted);
  const isNoticedEarly = membersCount <= earlyNoticeMembersMax;
  return { confirmationsNeeded, minMs, maxMs: maxTimeoutMult * minMs, noticeMs, isNoticedEarly };
}

export function beginSuspicion(terms: SuspicionTerms, accuser: string, nowMs: number): Suspicion {
  const timeoutMs = terms.confirmationsNeeded < 1 ? terms.minMs : terms.maxMs;
  return {
    terms,
    startedAtMs: nowMs,
    accusers: new Set([accuser]),
    deadlineMs: nowMs + timeoutMs,
    hearings: 0,
    unansweredSinceMs: undefined,
    answeredAtMs: undefined,
  };
}

/**
 * When the suspicion has to be looked at next: the suspect is told of it then, or it ends at its deadline.
 * Two looks are at least half a hearing apart.
 */
export function nextLookMs({ terms, startedAtMs, deadlineMs, hearings }: Suspicion, nowMs: number): number {
  const { noticeMs, isNoticedEarly } = terms;
  if (noticeMs <= 0) return deadlineMs;
  if (isNoticedEarly && hearings < noticesWanted) {
    const earlyMs = Math.max(nowMs + noticeMs / 2, startedAtMs + (hearings + 1) * noticeMs);
    return Math.min(deadlineMs, earlyMs);
  }
  const noticesLeft = Math.min(noticesWanted, Math.ceil((deadlineMs - nowMs) / noticeMs - 0.5) - 1);
  return deadlineMs - Math.max(0, noticesLeft) * noticeMs;
}

/** The suspicion with its whole course moved: time in which we could hear nobody does not count. */
export function postponeSuspicion(suspicion: Suspicion, byMs: number): Suspicion {
  const { startedAtMs, deadlineMs, unansweredSinceMs: sinceMs } = suspicion;
  const unansweredSinceMs = sinceMs === undefined ? undefined : sinceMs + byMs;
  return { ...suspicion, startedAtMs: startedAtMs + byMs, deadlineMs: deadlineMs + byMs, unansweredSinceMs };
}

/** The suspect was pinged by its name. */
export function suspectAsked(suspicion: Suspicion, nowMs: number): Suspicion {
  const unansweredSinceMs = suspicion.unansweredSinceMs ?? nowMs;
  return { ...suspicion, hearings: suspicion.hearings + 1, unansweredSinceMs };
}

/** The suspect answered a ping of ours: it lives, whoever says otherwise. */
export function suspectAnswered(suspicion: Suspicion, nowMs: number): Suspicion {
  return { ...suspicion, unansweredSinceMs: undefined, answeredAtMs: nowMs };
}

/** A whole probe round of ours was in vain. One that began before the suspect last answered says nothing. */
export function probeUnanswered(suspicion: Suspicion, nowMs: number): Suspicion {
  if (suspicion.answeredAtMs !== undefined) return suspicion;
  return {
    ...suspicion,
    unansweredSinceMs: suspicion.unansweredSinceMs ?? nowMs - suspicion.terms.noticeMs,
  };
}

/** The suspicion with its deadline after one more hearing, unless it ends sooner. */
export function hastenSuspicion(suspicion: Suspicion, nowMs: number): Suspicion {
  const { terms, deadlineMs } = suspicion;
  return { ...suspicion, deadlineMs: Math.min(deadlineMs, nowMs + terms.noticeMs) };
}

/** What we can say of a suspect from what we know ourselves. */
export type Finding = 'silent' | 'answered' | 'not-asked' | 'asked-lately';

/** An answer counts for as long as the hearings before a verdict take, and one more. */
export function findingOf(suspicion: Suspicion, nowMs: number): Finding {
  const { terms, unansweredSinceMs, answeredAtMs } = suspicion;
  if (unansweredSinceMs !== undefined) {
    return nowMs >= unansweredSinceMs + terms.noticeMs ? 'silent' : 'asked-lately';
  }
  const isFresh = answeredAtMs !== undefined && nowMs - answeredAtMs <= (noticesWanted + 1) * terms.noticeMs;
  return isFresh ? 'answered' : 'not-asked';
}

/**
 * The suspicion with one more accuser, or undefined when that one changes nothing and is not to be told on.
 * One that should have run out already runs out at `nowMs`, or as soon as the suspect has been heard.
 */
export function confirmSuspicion(
  suspicion: Suspicion,
  accuser: string,
  nowMs: number,
): Suspicion | undefined {
  const { terms, startedAtMs, accusers, hearings } = suspicion;
  const confirmations = accusers.size - 1;
  if (confirmations >= terms.confirmationsNeeded || accusers.has(accuser)) return undefined;
  const progress = Math.log(confirmations + 2) / Math.log(terms.confirmationsNeeded + 1);
  const timeoutMs = Math.max(terms.minMs, Math.floor(terms.maxMs - progress * (terms.maxMs - terms.minMs)));
  const withoutNoticeMs = Math.max(0, noticesWanted - hearings) * terms.noticeMs;
  const earliestMs = Math.min(suspicion.deadlineMs, nowMs + withoutNoticeMs);
  return {
    ...suspicion,
    accusers: new Set([...accusers, accuser]),
    deadlineMs: Math.max(earliestMs, startedAtMs + timeoutMs),
  };
}
