import type { Clock, Rng } from '../ports.ts';
import { judge, type Rule, type Transfer } from './fault-rules.ts';

/** Counters since the network was created. */
export interface SimNetworkStats {
  packetsSent: number;
  packetBytesSent: number;
  /** Includes copies. */
  packetsDelivered: number;
  packetsDuplicated: number;
  /** Dropped by a rule. */
  packetsDropped: number;
  /** Sent to an address at which no process listens. */
  packetsUnreachable: number;
  /** Sent by a paused process, or to one whose buffer was full. */
  packetsLostToPause: number;
  /** Too large for a datagram; the sender got an error. */
  packetsOversized: number;
  streamsDialled: number;
  /** No process listened, or the listener's limit was reached. */
  streamsRefused: number;
  streamBytesDelivered: number;
  /** Steps of streams that a rule dropped and that were sent again. */
  streamRetries: number;
}

/**
 * Called for every transfer with the arrival time of each copy; none when it is lost. `packet` holds the bytes of a datagram
 * and is only valid during the call.
 */
export type TransferListener = (
  transfer: Transfer,
  arrivalsMs: readonly number[],
  packet: Uint8Array | undefined,
) => void;

export interface SimWireSettings {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly latencyMs: number;
  readonly onTransfer: TransferListener | undefined;
}

/** What all processes share: clock, randomness, rules and counters. */
export class SimWire {
  readonly clock: Clock;
  readonly rng: Rng;
  readonly counts: SimNetworkStats = {
    packetsSent: 0,
    packetBytesSent: 0,
    packetsDelivered: 0,
    packetsDuplicated: 0,
    packetsDropped: 0,
    packetsUnreachable: 0,
    packetsLostToPause: 0,
    packetsOversized: 0,
    streamsDialled: 0,
    streamsRefused: 0,
    streamBytesDelivered: 0,
    streamRetries: 0,
  };
  readonly #latencyMs: number;
  readonly #onTransfer: TransferListener | undefined;
  readonly #rules = new Set<{ readonly rule: Rule }>();
  #nextPort = 0;

  constructor({ clock, rng, latencyMs, onTransfer }: SimWireSettings) {
    this.clock = clock;
    this.rng = rng;
    this.#latencyMs = latencyMs;
    this.#onTransfer = onTransfer;
  }

  addRule(rule: Rule): () => void {
    const entry = { rule };
    this.#rules.add(entry);
    return () => {
      this.#rules.delete(entry);
    };
  }

  /** When each copy of a datagram arrives; empty when it is lost. */
  packetArrivalsMs(transfer: Transfer, packet: Uint8Array): readonly number[] {
    return this.#arrivalsMs(transfer, packet);
  }

  /** When a step of a stream arrives; undefined when it is lost. Copies are ignored. */
  streamArrivalMs(transfer: Omit<Transfer, 'kind'>): number | undefined {
    const arrivals = this.#arrivalsMs({ ...transfer, kind: 'stream' }, undefined);
    return arrivals.length === 0 ? undefined : Math.min(...arrivals);
  }

  at(deadlineMs: number, run: () => void): () => void {
    return this.clock.wakeAt(deadlineMs, run);
  }

  after(delayMs: number, run: () => void): () => void {
    return this.clock.wakeAt(this.clock.nowMs() + delayMs, run);
  }

  /** A port for the dialling end of a stream, from the range of ephemeral ports. */
  ephemeralPort(): number {
    this.#nextPort = (this.#nextPort + 1) % 16_384;
    return 49_152 + this.#nextPort;
  }

  #arrivalsMs(transfer: Transfer, packet: Uint8Array | undefined): readonly number[] {
    const baseMs = this.clock.nowMs() + this.#latencyMs;
    const rules = Array.from(this.#rules, ({ rule }) => rule);
    const arrivalsMs = judge(rules, transfer, this.rng).map((extraMs) => baseMs + extraMs);
    this.#onTransfer?.(transfer, arrivalsMs, packet);
    return arrivalsMs;
  }
}
