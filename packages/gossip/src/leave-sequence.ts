import type { GossipTiming } from './options.ts';

type Phase = 'staying' | 'telling-serf' | 'telling-swim' | 'lingering' | 'left';

/** What the sequence wants done next. */
export type LeaveStep =
  | { readonly type: 'tell'; readonly layer: 'serf' | 'swim'; readonly ticket: number }
  | { readonly type: 'left' };

/**
 * The order of a graceful departure: the Serf intent first, so that others take what follows for a
 * departure and not for a death; then memberlist's own; then a while in which the news spreads and we
 * still answer. No phase waits for ever. Source: serf serf.go Leave; spec 4.7, 8.8.
 */
export class LeaveSequence {
  readonly #broadcastTimeoutMs: number;
  readonly #lingerMs: number;
  #phase: Phase = 'staying';
  #deadlineMs: number | undefined;
  #ticket = 0;

  constructor(timing: Pick<GossipTiming, 'broadcastTimeoutMs' | 'leavePropagateDelayMs'>) {
    this.#broadcastTimeoutMs = timing.broadcastTimeoutMs;
    this.#lingerMs = timing.leavePropagateDelayMs;
  }

  nextDeadlineMs(): number | undefined {
    return this.#deadlineMs;
  }

  /** Begins, unless it has begun. `ticket` marks the first broadcast. */
  begin(ticket: number, nowMs: number): LeaveStep | undefined {
    if (this.#phase !== 'staying') return undefined;
    return this.#tell('serf', ticket, nowMs);
  }

  /** A broadcast is out. */
  told(ticket: number, nextTicket: () => number, nowMs: number): LeaveStep | undefined {
    return ticket === this.#ticket ? this.#advance(nextTicket, nowMs) : undefined;
  }

  /** The time of a phase may be over. */
  expire(nextTicket: () => number, nowMs: number): LeaveStep | undefined {
    if (this.#deadlineMs === undefined || nowMs < this.#deadlineMs) return undefined;
    return this.#advance(nextTicket, nowMs);
  }

  #advance(nextTicket: () => number, nowMs: number): LeaveStep | undefined {
    switch (this.#phase) {
      case 'telling-serf':
        return this.#tell('swim', nextTicket(), nowMs);
      case 'telling-swim':
        this.#phase = 'lingering';
        this.#ticket = 0;
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

  #tell(layer: 'serf' | 'swim', ticket: number, nowMs: number): LeaveStep {
    this.#phase = layer === 'serf' ? 'telling-serf' : 'telling-swim';
    this.#ticket = ticket;
    this.#deadlineMs = nowMs + this.#broadcastTimeoutMs;
    return { type: 'tell', layer, ticket };
  }
}
