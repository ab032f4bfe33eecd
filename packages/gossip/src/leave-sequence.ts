import type { BroadcastId } from './ids.ts';
import type { GossipTiming } from './options/options.ts';

type Phase = 'not-leaving' | 'serf-broadcast' | 'swim-broadcast' | 'propagating' | 'left';

/** The next step of a leave: broadcast the message of a layer, or report the leave as done. */
export type LeaveStep =
  | { readonly type: 'broadcast'; readonly layer: 'serf' | 'swim'; readonly broadcastId: BroadcastId }
  | { readonly type: 'left' };

/** Whether other members are up, and whether one of them is not leaving. */
export interface LeavePeers {
  readonly hasLivePeers: boolean;
  readonly hasStayingPeers: boolean;
}

/** Gossip rounds for a broadcast when all other members leave too. */
const broadcastRoundsMax = 3;

/**
 * The phases of a graceful leave. First the Serf leave intent is broadcast, so that peers take the next message for a
 * leave and not for a failure. Then memberlist's own leave message is broadcast. Then both propagate while this
 * member still answers. Each phase has a deadline, and none waits for members that leave too. Source: serf serf.go
 * Leave; gossip.md 4.7, 8.8.
 */
export class LeaveSequence {
  readonly #broadcastTimeoutMs: number;
  readonly #propagateDelayMs: number;
  readonly #gossipIntervalMs: number;
  #phase: Phase = 'not-leaving';
  #deadlineMs: number | undefined;
  #broadcastId = 0;

  constructor(
    timing: Pick<GossipTiming, 'broadcastTimeoutMs' | 'leavePropagateDelayMs' | 'gossipIntervalMs'>,
  ) {
    this.#broadcastTimeoutMs = timing.broadcastTimeoutMs;
    this.#propagateDelayMs = timing.leavePropagateDelayMs;
    this.#gossipIntervalMs = timing.gossipIntervalMs;
  }

  nextDeadlineMs(): number | undefined {
    return this.#deadlineMs;
  }

  /** Begins the leave, unless it has begun. `broadcastId` is for the first broadcast. */
  begin(broadcastId: BroadcastId, nowMs: number): LeaveStep | undefined {
    if (this.#phase !== 'not-leaving') return undefined;
    return this.#broadcast('serf', broadcastId, nowMs);
  }

  /** A broadcast is done; ends the phase that waits for it. */
  broadcastDone(
    broadcastId: BroadcastId,
    nextBroadcastId: () => BroadcastId,
    nowMs: number,
  ): LeaveStep | undefined {
    return broadcastId === this.#broadcastId ? this.#advance(nextBroadcastId, nowMs) : undefined;
  }

  /** Ends the phase if its deadline has passed. */
  expire(nextBroadcastId: () => BroadcastId, nowMs: number): LeaveStep | undefined {
    if (this.#deadlineMs === undefined || nowMs < this.#deadlineMs) return undefined;
    return this.#advance(nextBroadcastId, nowMs);
  }

  /**
   * Shortens a phase that needs no waiting: it ends at once when no peer is up, and soon when all peers leave. In a
   * pool that leaves as a whole, members gossip to fewer and fewer peers, and a broadcast never reaches its
   * retransmit limit.
   */
  shorten(
    { hasLivePeers, hasStayingPeers }: LeavePeers,
    nextBroadcastId: () => BroadcastId,
    nowMs: number,
  ): LeaveStep | undefined {
    if (!hasLivePeers) return this.#advance(nextBroadcastId, nowMs);
    if (!hasStayingPeers && this.#deadlineMs !== undefined) {
      const rounds = this.#phase === 'propagating' ? 1 : broadcastRoundsMax;
      this.#deadlineMs = Math.min(this.#deadlineMs, nowMs + rounds * this.#gossipIntervalMs);
    }
    return undefined;
  }

  /** Whether the leave has begun and is not over. */
  get isUnderWay(): boolean {
    return this.#phase !== 'not-leaving' && this.#phase !== 'left';
  }

  #advance(nextBroadcastId: () => BroadcastId, nowMs: number): LeaveStep | undefined {
    switch (this.#phase) {
      case 'serf-broadcast':
        return this.#broadcast('swim', nextBroadcastId(), nowMs);
      case 'swim-broadcast':
        this.#phase = 'propagating';
        this.#broadcastId = 0;
        this.#deadlineMs = nowMs + this.#propagateDelayMs;
        return undefined;
      case 'propagating':
        this.#phase = 'left';
        this.#deadlineMs = undefined;
        return { type: 'left' };
      default:
        return undefined;
    }
  }

  #broadcast(layer: 'serf' | 'swim', broadcastId: BroadcastId, nowMs: number): LeaveStep {
    this.#phase = layer === 'serf' ? 'serf-broadcast' : 'swim-broadcast';
    this.#broadcastId = broadcastId;
    this.#deadlineMs = nowMs + this.#broadcastTimeoutMs;
    return { type: 'broadcast', layer, broadcastId };
  }
}
