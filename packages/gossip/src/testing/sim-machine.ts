import type { Address } from '../wire/address.ts';
import { PausableClock } from './pausable-clock.ts';
import type { SimWire } from './sim-wire.ts';

/** Like the receive buffer of a real socket: datagrams beyond it are lost while the process is paused. */
const receiveBufferBytes = 2 * 1024 * 1024;

/** Finds what listens on an address; undefined when no process runs there. */
export type FindMachine<T> = (address: Address) => T | undefined;

/** A process on the simulated network: running, paused or crashed. */
export class SimMachine {
  readonly address: Address;
  readonly wire: SimWire;
  readonly clock: PausableClock;
  #state: 'running' | 'paused' | 'crashed' = 'running';
  #held: (() => void)[] = [];
  #heldPacketBytes = 0;

  constructor(address: Address, wire: SimWire) {
    this.address = address;
    this.wire = wire;
    this.clock = new PausableClock(wire.clock);
  }

  get isPaused(): boolean {
    return this.#state === 'paused';
  }

  get isCrashed(): boolean {
    return this.#state === 'crashed';
  }

  /** Runs a callback in the process: now, when it resumes, or never after a crash. */
  deliver(run: () => void): void {
    if (this.#state === 'running') run();
    else if (this.#state === 'paused') this.#held.push(run);
  }

  /** As `deliver`, for a datagram, which is lost when the buffer is full. */
  deliverPacket(bytesCount: number, run: () => void): void {
    if (this.#state !== 'paused') {
      this.deliver(run);
    } else if (this.#heldPacketBytes + bytesCount > receiveBufferBytes) {
      this.wire.counts.packetsLostToPause += 1;
    } else {
      this.#heldPacketBytes += bytesCount;
      this.#held.push(() => {
        this.#heldPacketBytes -= bytesCount;
        run();
      });
    }
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.clock.pause();
  }

  /** Overdue timers run before the buffered messages, as in Node's event loop. */
  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.clock.resume();
    while (this.#state === 'running') {
      const run = this.#held.shift();
      if (run === undefined) return;
      run();
    }
  }

  crash(): void {
    this.#state = 'crashed';
    this.#held = [];
    this.clock.stop();
  }
}
