import type { PacketTransport, StreamTransport } from '../src/ports.ts';
import type { Address } from '../src/wire/address.ts';

/** Both transports of one member, on one address. */
export interface TransportPair {
  readonly packets: PacketTransport;
  readonly streams: StreamTransport;
}

export interface OpenOptions {
  /** Default: a free port. */
  readonly port?: number;
  readonly connectionsMax?: number;
  /** Bounds incoming streams. */
  readonly timeoutMs?: number;
}

/** Where the transports under test live: real sockets, or a simulated network. */
export interface TransportWorld {
  /** Opens both transports on host number `host` (1 to 250); every host number has its own address. */
  open(host: number, options?: OpenOptions): Promise<TransportPair>;
  /** An address without a listener. */
  vacantAddress(): Promise<Address>;
  /** Waits for `event`, and makes time pass meanwhile if the world needs that. */
  until<T>(event: Promise<T>): Promise<T>;
  /** Closes whatever is still open. */
  close(): Promise<void>;
}
