import { BoundedMap } from '../bounded-map.ts';
import type { SwimState } from './state.ts';

/** Names remembered. A flood of more names is warned of again; the limit of the log bounds and counts it. */
const namesMax = 256;
/** While pings for a name go on, one warning follows another after so long. */
const warningIntervalMs = 24 * 60 * 60 * 1000;

interface Warned {
  readonly atMs: number;
  suppressedCount: number;
}

/**
 * Pings that name another member: its address is ours now, and its pool still asks for it. Every such name is worth
 * one line a day, whoever asks and however often. Source: memberlist net.go handlePing, which warns of each.
 */
export class MisdirectedPings {
  readonly #byName = new BoundedMap<string, Warned>(namesMax);

  received(state: SwimState, meantFor: string): void {
    const { nowMs } = state;
    const warned = this.#byName.get(meantFor);
    if (warned !== undefined && nowMs - warned.atMs < warningIntervalMs) {
      warned.suppressedCount += 1;
      return;
    }
    this.#byName.set(meantFor, { atMs: nowMs, suppressedCount: 0 });
    const suppressedCount = warned?.suppressedCount ?? 0;
    state.note('warn', 'Got ping for unexpected node', { node: meantFor, suppressedCount });
  }
}
