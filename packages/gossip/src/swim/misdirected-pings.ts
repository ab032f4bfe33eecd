import type { SwimState } from './state.ts';

/** Names remembered as told of. Who sends more of them is told of again, as a flood and with a count. */
const namesMax = 256;
/** So often a name is told of again while pings for it go on. */
const repeatMs = 24 * 60 * 60 * 1000;

interface Noted {
  readonly atMs: number;
  suppressedCount: number;
}

/**
 * Pings that name another member: its address is ours now, and its pool still asks for it. Every such name is worth
 * one line a day, whoever asks and however often. Source: memberlist net.go handlePing, which warns of each.
 */
export class MisdirectedPings {
  readonly #byName = new Map<string, Noted>();

  received(state: SwimState, meantFor: string): void {
    const { nowMs } = state;
    const noted = this.#byName.get(meantFor);
    if (noted !== undefined && nowMs - noted.atMs < repeatMs) {
      noted.suppressedCount += 1;
      return;
    }
    this.#byName.delete(meantFor);
    this.#byName.set(meantFor, { atMs: nowMs, suppressedCount: 0 });
    for (const oldest of this.#byName.keys()) {
      if (this.#byName.size <= namesMax) break;
      this.#byName.delete(oldest);
    }
    const suppressedCount = noted?.suppressedCount ?? 0;
    state.note('warn', 'a ping is meant for another member', { meantFor, suppressedCount });
  }
}
