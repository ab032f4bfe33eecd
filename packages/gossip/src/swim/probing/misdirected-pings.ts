import { BoundedMap } from '../../collections/bounded-map.ts';

/** Names remembered. A flood of more names is logged again; the limit of the log bounds and counts it. */
const namesMax = 256;
/** While pings for a name go on, it is logged once in this time. */
const logIntervalMs = 24 * 60 * 60 * 1000;

interface Logged {
  readonly atMs: number;
  suppressedCount: number;
}

/**
 * Pings that name another member: its address is ours now, and its pool still probes it. Each name is
 * logged once a day. memberlist logs every ping. Source: memberlist net.go handlePing.
 */
export class MisdirectedPings {
  readonly #byName = new BoundedMap<string, Logged>(namesMax);

  /** How many log lines were suppressed since the last one; undefined when this ping is not to be logged. */
  received(node: string, nowMs: number): number | undefined {
    const logged = this.#byName.get(node);
    if (logged !== undefined && nowMs - logged.atMs < logIntervalMs) {
      logged.suppressedCount += 1;
      return undefined;
    }
    this.#byName.set(node, { atMs: nowMs, suppressedCount: 0 });
    return logged?.suppressedCount ?? 0;
  }
}
