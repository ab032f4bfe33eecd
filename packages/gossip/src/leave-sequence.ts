import type { BroadcastId } from './ids.ts';
import type { GossipTiming } from './options.ts';

type Phase = 'staying' | 'telling-serf' | 'telling-swim' | 'lingering' | 'left';

/** What the sequence wants done next. */
export type LeaveStep =
  | { readonly type: 'tell'; readonly layer: 'serf' | 'swim'; readonly broadcastId: BroadcastId }
  | { readonly type: 'left' };

/** In so many rounds of gossip a message is sent often enough to those who leave as well. */
const tellingRounds = 3;

/**
 * The order of a graceful departure: the Serf intent first, so that others take what follows for a
 * departure and not for a death; then memberlist's own; then a while in which the news spreads and we
 * still answer. No phase waits for ever, and none for members that leave as well. Source: serf serf.go Leave; gossip.md 4.7,
 * 8.8.
 */
export class LeaveSequence {
  readonly #broadcastTimeoutMs: number;
  readonly #lingerMs: number;
  /** Between two rounds of gossip. */
  readonly #roundMs: number;
  #phase: Phase = 'staying';
  #deadlineMs: number | undefined;
  #broadcastId = 0;

  constructor(
    timing: Pick<GossipTiming, 'broadcastTimeoutMs' | 'leavePropagateDelayMs' | 'gossipIntervalMs'>,
  ) {
    this.#broadcastTimeoutMs = timing.broadcastTimeoutMs;
    this.#lingerMs = timing.leavePropagateDelayMs;
    this.#roundMs = timing.gossipIntervalMs;
  }

  nextDeadlineMs(): number | undefined {
    return this.#deadlineMs;
  }

  /** Begins, unless it has begun. `ticket` marks the first broadcast. */
  begin(broadcastId: BroadcastId, nowMs: number): LeaveStep | undefined {
    if (this.#phase !== 'staying') return undefined;
    return this.#tell('serf', broadcastId, nowMs);
  }

  /** A broadcast is out. */
  told(broadcastId: BroadcastId, nextBroadcastId: () => BroadcastId, nowMs: number): LeaveStep | undefined {
    return broadcastId === this.#broadcastId ? this.#advance(nextBroadcastId, nowMs) : undefined;
  }

  /** The time of a phase may be over. */
  expire(nextBroadcastId: () => BroadcastId, nowMs: number): LeaveStep | undefined {
    if (this.#deadlineMs === undefined || nowMs < this.#deadlineMs) return undefined;
    return this.#advance(nextBroadcastId, nowMs);
  }

  /**
   * Ends a phase that serves nobody: any when no peer is up, and soon when none stays. When a whole pool leaves at once,
   * memberlist gossips to fewer and fewer, in the end to nobody, and a broadcast does not get to its number of
   * transmissions.
   */
  hurry(
    peers: { readonly areUp: boolean; readonly stay: boolean },
    nextBroadcastId: () => BroadcastId,
    nowMs: number,
  ): LeaveStep | undefined {
    if (!peers.areUp) return this.#advance(nextBroadcastId, nowMs);
    if (!peers.stay && this.#deadlineMs !== undefined) {
      const rounds = this.#phase === 'lingering' ? 1 : tellingRounds;
      this.#deadlineMs = Math.min(this.#deadlineMs, nowMs + rounds * this.#roundMs);
    }
    return undefined;
  }

  /** Whether it has begun and is not over. */
  get isUnderWay(): boolean {
    return this.#phase !== 'staying' && this.#phase !== 'left';
  }

  #advance(nextBroadcastId: () => BroadcastId, nowMs: number): LeaveStep | undefined {
    switch (this.#phase) {
      case 'telling-serf':
        return this.#tell('swim', nextBroadcastId(), nowMs);
      case 'telling-swim':
        this.#phase = 'lingering';
        this.#broadcastId = 0;
        this.#deadlineMs = nowMs + this.#lingerMs;
        return undefined;
      case 'lingering':
        this.#phase = 'left';
        this.#deadlineMs = undefined;
        return { type: 'left' };
      default:
        return undefined;
    }
  }

  #tell(layer: 'serf' | 'swim', broadcastId: BroadcastId, nowMs: number): LeaveStep {
    this.#phase = layer === 'serf' ? 'telling-serf' : 'telling-swim';
    this.#broadcastId = broadcastId;
    this.#deadlineMs = nowMs + this.#broadcastTimeoutMs;
    return { type: 'tell', layer, broadcastId };
  }
}
