import { diagnostics } from '../diagnostics.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import type { WireError } from '../wire-error.ts';
import type { LimitedLog } from './limited-log.ts';

export type Direction = 'sent' | 'received';

/** Counters since the start. */
export interface TrafficCounters {
  packetsSent: number;
  packetsReceived: number;
  bytesSent: number;
  bytesReceived: number;
  /** Datagrams and streams by the reason for which they were dropped. */
  dropped: Record<string, number>;
}

/** Counts the datagrams and streams of one member, publishes them for diagnostics and logs those that are dropped. */
export class Traffic {
  readonly #member: string;
  readonly #log: LimitedLog;
  readonly counters: TrafficCounters = {
    packetsSent: 0,
    packetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    dropped: {},
  };

  constructor(member: string, log: LimitedLog) {
    this.#member = member;
    this.#log = log;
  }

  packet(direction: Direction, bytesCount: number, peer: Address): void {
    if (direction === 'sent') this.counters.packetsSent += 1;
    else this.counters.packetsReceived += 1;
    this.#countBytes(direction, bytesCount);
    if (!diagnostics.packet.hasSubscribers) return;
    diagnostics.packet.publish({ member: this.#member, direction, bytesCount, peer });
  }

  streamBytes(direction: Direction, bytesCount: number): void {
    this.#countBytes(direction, bytesCount);
  }

  packetDropped(error: WireError, from: Address): void {
    this.#dropped(error, from, 'dropped a datagram or a part of one');
  }

  streamDropped(error: WireError, from: Address): void {
    this.#dropped(error, from, 'refused a stream');
  }

  /** The operating system refused to send a datagram. */
  sendFailed(error: Error, to: Address): void {
    this.#countDrop('send-failed', to);
    this.#log.write('debug', 'a datagram could not be sent', {
      to: formatAddress(to),
      reason: error.message,
    });
  }

  #dropped(error: WireError, peer: Address, message: string): void {
    this.#countDrop(error.code, peer);
    this.#log.write('warn', message, { from: formatAddress(peer), code: error.code, reason: error.message });
  }

  #countBytes(direction: Direction, bytesCount: number): void {
    if (direction === 'sent') this.counters.bytesSent += bytesCount;
    else this.counters.bytesReceived += bytesCount;
  }

  #countDrop(reason: string, peer: Address): void {
    this.counters.dropped[reason] = (this.counters.dropped[reason] ?? 0) + 1;
    if (diagnostics.dropped.hasSubscribers) {
      diagnostics.dropped.publish({ member: this.#member, reason, peer });
    }
  }
}
