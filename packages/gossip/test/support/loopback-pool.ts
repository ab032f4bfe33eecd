import type { Gossip } from '../../src/gossip.ts';
import type { GossipOptions, GossipTiming } from '../../src/options/options.ts';
import { createGossip } from '../../src/pool/create-gossip.ts';
import { formatAddress } from '../../src/wire/address.ts';

/** Quick enough for tests, slow enough for a busy machine: no member is reported failed by accident. */
const quickTiming: Partial<GossipTiming> = {
  gossipIntervalMs: 10,
  probeIntervalMs: 400,
  probeTimeoutMs: 200,
  streamTimeoutMs: 5000,
  leavePropagateDelayMs: 20,
};

/** Real members on real sockets of the loopback, all closed together at the end of a test. */
export class LoopbackPool {
  readonly #opened: Gossip[] = [];

  /** Opens a member on a free port of its own loopback address. */
  async open(name: string, host: string, options: Partial<GossipOptions> = {}): Promise<Gossip> {
    const { timing, ...rest } = options;
    const gossip = await createGossip({
      name,
      bind: { host, port: 0 },
      timing: { ...quickTiming, ...timing },
      ...rest,
    });
    this.#opened.push(gossip);
    return gossip;
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#opened.splice(0).map((gossip) => gossip.close()));
  }
}

export function seedOf(gossip: Gossip): string {
  return formatAddress(gossip.bindAddress);
}

/** Waits, from event to event, until something holds. */
export async function until(gossip: Gossip, holds: () => boolean): Promise<void> {
  const events = gossip.events();
  if (holds()) return;
  for await (const _ of events) if (holds()) return;
  throw new Error(`"${gossip.name}" was closed before what was waited for came true`);
}

/** Waits until a member sees exactly these statuses. */
export function untilStatuses(gossip: Gossip, expected: Readonly<Record<string, string>>): Promise<void> {
  const wanted = JSON.stringify(Object.entries(expected).sort());
  return until(gossip, () => JSON.stringify(statuses(gossip)) === wanted);
}

function statuses(gossip: Gossip): readonly (readonly [string, string])[] {
  return gossip
    .members()
    .map(({ name, status }) => [name, status] as const)
    .sort();
}
