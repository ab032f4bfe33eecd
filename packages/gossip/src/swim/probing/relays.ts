import type { Address } from '../../wire/address.ts';

/** An indirect ping that this member serves for another. */
export interface Relay {
  readonly requestedBy: Address;
  /** The requester's sequence number. */
  readonly seq: number;
  readonly wantsNack: boolean;
}

/** The most relays under way at once; each lives one probe timeout. No real pool needs as many. */
export const relaysMax = 1024;

/** The indirect pings that this member serves, by the sequence number of its own ping. */
export class Relays {
  readonly #bySeq = new Map<number, Relay>();

  get isFull(): boolean {
    return this.#bySeq.size >= relaysMax;
  }

  begin(seq: number, relay: Relay): void {
    this.#bySeq.set(seq, relay);
  }

  /** Removes and returns a relay. */
  end(seq: number): Relay | undefined {
    const relay = this.#bySeq.get(seq);
    this.#bySeq.delete(seq);
    return relay;
  }
}
