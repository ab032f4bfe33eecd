import type { Address } from '../wire/address.ts';
import { PausableClock } from './pausable-clock.ts';
import type { SimWire } from './sim-wire.ts';

/** Like the receive buffer of a real socket: what arrives beyond it while nobody reads is lost. */
const receiveBufferBytes = 2 * 1024 * 1024;

/** How hosts find each other; undefined when nothing runs there. */
export type FindMachine<T> = (address: Address) => T | undefined;

/** A process on the simulated network: it runs, is paused, or has crashed. */
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

  /** Hands something to the process: now, or when it resumes, or never. */
  deliver(run: () => void): void {
    if (this.#state === 'running') run();
    else if (this.#state === 'paused') this.#held.push(run);
  }

  /** The same for a datagram, which a full buffer loses. */
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

  /** Overdue timers run before what waits in the buffers, as in Node's event loop. */
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
