/** What may be waited for: the rounds, the steps of the probe under way, and one entry per member or ping. */
export type Deadline =
  | { readonly kind: RoundKind }
  | { readonly kind: 'probe-phase' | 'probe-watch' | 'mass-join-push-pull' | 'own-reach-check' }
  | { readonly kind: 'suspicion' | 'address-check' | 'resync'; readonly name: string }
  | { readonly kind: 'relay' | 'named-ping'; readonly seq: number };

type RoundKind = 'probe-tick' | 'gossip-tick' | 'push-pull-tick';

/** The deadlines that exist once, so that the frequent ones allocate nothing. */
export const probeTick = { kind: 'probe-tick' } as const;
export const probePhase = { kind: 'probe-phase' } as const;
export const probeWatch = { kind: 'probe-watch' } as const;
export const gossipTick = { kind: 'gossip-tick' } as const;
export const pushPullTick = { kind: 'push-pull-tick' } as const;
export const massJoinPushPull = { kind: 'mass-join-push-pull' } as const;
export const ownReachCheck = { kind: 'own-reach-check' } as const;

/** Two deadlines are the same when their keys are equal. Sequence numbers are unique whatever they are used for. */
export function deadlineKey(deadline: Deadline): string | number {
  if ('seq' in deadline) return deadline.seq;
  return 'name' in deadline ? `${deadline.kind}:${deadline.name}` : deadline.kind;
}

/** Whether it starts a periodic round; every other deadline gives up waiting for an answer of a peer. */
export function isRound({ kind }: Deadline): boolean {
  return kind === 'probe-tick' || kind === 'gossip-tick' || kind === 'push-pull-tick';
}
