import { emptySlot, type SlotState } from './slot.ts';

/** The states of a slot that an answer may show. */
export interface Window {
  /** The newest state that was acknowledged when the read began. */
  readonly from: number;
  /** The newest state that was asked for when the answer was there. */
  readonly to: number;
}

/** The states of one slot in the order of its writes, which one writer makes one after the other. */
export class SlotHistory {
  readonly #states: SlotState[];
  #acknowledged = 0;

  constructor(first: SlotState = emptySlot) {
    this.#states = [first];
  }

  /** The state after all writes that were begun. */
  get current(): SlotState {
    return this.#states.at(-1) ?? emptySlot;
  }

  /** The number of the newest acknowledged state. */
  get acknowledged(): number {
    return this.#acknowledged;
  }

  /** The number of the newest state. */
  get begun(): number {
    return this.#states.length - 1;
  }

  /** A write is about to be sent. */
  begin(state: SlotState): void {
    this.#states.push(state);
  }

  /** The write that was begun last has been answered. */
  acknowledge(): void {
    this.#acknowledged = this.begun;
  }

  /** Which state of the window an answer shows; undefined when it shows none. */
  find({ from, to }: Window, isShown: (state: SlotState) => boolean): number | undefined {
    for (let at = from; at <= to; at += 1) {
      const state = this.#states[at];
      if (state !== undefined && isShown(state)) return at;
    }
    return undefined;
  }

  state(at: number): SlotState {
    return this.#states[at] ?? emptySlot;
  }
}
