import type { PacketListener, PacketTransport } from '../ports.ts';
import type { Address } from '../wire/address.ts';
import type { FindMachine, SimMachine } from './sim-machine.ts';

/** The largest UDP payload over IPv4. */
const datagramBytesMax = 65_507;

/** Overwrites a packet after the call, so that a listener that keeps it is found out. */
const poison = 0xdd;

export interface SimPacketsOptions {
  readonly find: FindMachine<SimPackets>;
  readonly onClose: () => void;
}

/** The datagram socket of one simulated process. */
export class SimPackets implements PacketTransport {
  readonly localAddress: Address;
  readonly #machine: SimMachine;
  readonly #options: SimPacketsOptions;
  #listener: PacketListener | undefined;
  #isClosed = false;

  constructor(machine: SimMachine, options: SimPacketsOptions) {
    this.#machine = machine;
    this.#options = options;
    this.localAddress = machine.address;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  send(packet: Uint8Array, to: Address, onError?: (error: Error) => void): void {
    const { wire, clock, address: from, isCrashed, isPaused } = this.#machine;
    if (this.#isClosed || isCrashed) return;
    if (isPaused) {
      wire.counts.packetsLostToPause += 1;
      return;
    }
    if (packet.length > datagramBytesMax) {
      wire.counts.packetsOversized += 1;
      clock.wakeAt(clock.nowMs(), () => {
        if (!this.#isClosed) onError?.(tooLarge(packet.length));
      });
      return;
    }
    wire.counts.packetsSent += 1;
    wire.counts.packetBytesSent += packet.length;
    const transfer = { kind: 'packet', from, to, bytesCount: packet.length } as const;
    const arrivals = wire.packetArrivalsMs(transfer, packet);
    if (arrivals.length === 0) wire.counts.packetsDropped += 1;
    else wire.counts.packetsDuplicated += arrivals.length - 1;
    for (const arrivalMs of arrivals) {
      const bytes = new Uint8Array(packet); // not `slice`: of a Buffer that is no copy
      wire.at(arrivalMs, () => this.#arrive(bytes, to));
    }
  }

  onPacket(listener: PacketListener): void {
    this.#listener = listener;
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#options.onClose();
    }
    return Promise.resolve();
  }

  #arrive(packet: Uint8Array, to: Address): void {
    const target = this.#options.find(to);
    if (target === undefined || target.#isClosed) {
      this.#machine.wire.counts.packetsUnreachable += 1;
      return;
    }
    target.#machine.deliverPacket(packet.length, () => target.#receive(packet, this.localAddress));
  }

  #receive(packet: Uint8Array, from: Address): void {
    if (this.#isClosed) return;
    this.#machine.wire.counts.packetsDelivered += 1;
    this.#listener?.(packet, from);
    packet.fill(poison);
  }
}

function tooLarge(bytesCount: number): Error {
  const message = `a datagram holds at most ${datagramBytesMax} bytes, not ${bytesCount}`;
  return Object.assign(new Error(message), { code: 'EMSGSIZE' });
}
