import { afterEach, describe, expect, test } from 'vitest';
import type { Gossip } from '../../src/gossip.ts';
import { createGossip } from '../../src/pool/create-gossip.ts';
import { seededEntropy, seededRng } from '../../src/testing/seeded-rng.ts';
import { SimNetwork } from '../../src/testing/sim-network.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { MemoryStorage } from '../memory-storage.ts';

/** Members with a disk each, which outlives them. */
class World {
  readonly #clock = new VirtualClock();
  readonly #rng = seededRng(7);
  readonly #network = new SimNetwork({ clock: this.#clock, rng: this.#rng.fork('network') });
  readonly #disks = new Map<string, MemoryStorage>();
  readonly #running = new Map<string, Gossip>();
  readonly logged: string[] = [];
  #starts = 0;

  disk(name: string): MemoryStorage {
    const disk = this.#disks.get(name) ?? new MemoryStorage();
    this.#disks.set(name, disk);
    return disk;
  }

  async start(name: string): Promise<Gossip> {
    this.#starts += 1;
    const rng = this.#rng.fork(`${name} ${this.#starts}`);
    const address = addressOf(name);
    const { clock, packets, streams } = this.#network.host(address);
    const storage = this.disk(name);
    const say = (_fields: object, message: string): void => {
      this.logged.push(`${name} ${message}`);
    };
    const gossip = await createGossip({
      name,
      bind: address,
      snapshot: { path: name },
      logger: { error: say, warn: say, info: say, debug: say, trace: say },
      ports: { clock, rng, entropy: seededEntropy(rng.fork('entropy')), packets, streams, snapshot: storage },
    });
    this.#running.set(name, gossip);
    return gossip;
  }

  /** A pool of these, joined through the first. */
  async pool(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const gossip = await this.start(name);
      if (name !== names[0]) await this.settle(gossip.join([addressOf(names[0] ?? '').host]));
    }
    await this.advance(5000);
  }

  gossip(name: string): Gossip {
    const gossip = this.#running.get(name);
    if (gossip === undefined) throw new RangeError(`no member named "${name}" is running`);
    return gossip;
  }

  async stop(name: string): Promise<void> {
    const gossip = this.gossip(name);
    this.#running.delete(name);
    await gossip.close();
  }

  /** As kill -9: what was written to the system is on the disk. */
  crash(name: string): void {
    this.#network.crash(addressOf(name));
    this.#running.delete(name);
  }

  async advance(durationMs: number): Promise<void> {
    const endMs = this.#clock.nowMs() + durationMs;
    while (this.#clock.nowMs() < endMs) {
      this.#clock.advance(Math.min(10, endMs - this.#clock.nowMs()));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async settle<T>(work: Promise<T>): Promise<T> {
    let isSettled = false;
    const settle = (): void => {
      isSettled = true;
    };
    work.then(settle, settle);
    for (let i = 0; i < 1000 && !isSettled; i += 1) await this.advance(20);
    return work;
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#running.values()].map((gossip) => gossip.close()));
  }
}

function addressOf(name: string) {
  return { host: `10.0.0.${name.slice(1)}`, port: 7946 };
}

function aliveIn(gossip: Gossip): readonly string[] {
  return gossip.members().flatMap(({ name, status }) => (status === 'alive' ? [name] : []));
}

let world = new World();
afterEach(async () => {
  await world.dispose();
  world = new World();
});

describe('a member with a snapshot', () => {
  test('rejoins its pool by itself after a crash', async () => {
    await world.pool(['m1', 'm2', 'm3', 'm4']);
    world.crash('m4');
    await world.advance(60_000);
    const back = await world.start('m4');
    await world.advance(2000);
    expect(back.stats().snapshot).toEqual({ errorsCount: 0, rejoin: 'done' });
    expect(aliveIn(back)).toEqual(['m1', 'm2', 'm3', 'm4']);
  });

  test('need not refute when it returns, because its snapshot holds its incarnation', async () => {
    await world.pool(['m1', 'm2', 'm3']);
    // After half a minute the others forget a failed member's incarnation, and there is nothing to refute.
    for (const comesBack of [1, 2, 3]) {
      world.crash('m3');
      await world.advance(20_000);
      const back = await world.start('m3');
      await world.advance(1000);
      expect(back.stats().healthScore, `return ${comesBack}`).toBe(0);
    }
    const refutations = () => world.logged.filter((line) => line.startsWith('m3 Refuting'));
    expect(refutations()).toEqual([]);
    world.crash('m3');
    const { text } = world.disk('m3');
    await world.disk('m3').replace(Buffer.from(text.replaceAll(/^# hobnob incarnation.*\n/gm, '')));
    await world.advance(20_000);
    await world.start('m3');
    await world.advance(1000);
    expect(refutations()).not.toEqual([]);
  });

  test('returns with its old Lamport times, even when it is alone', async () => {
    await world.pool(['m1', 'm2']);
    for (let i = 0; i < 5; i += 1) await world.settle(world.gossip('m2').join([addressOf('m1').host]));
    const before = world.gossip('m2').stats().memberTime;
    expect(before).toBeGreaterThan(1);
    await world.stop('m2');
    world.crash('m1');
    const back = await world.start('m2');
    expect(back.stats().memberTime).toBe(before);
  });

  test('does not rejoin a pool that it left', async () => {
    await world.pool(['m1', 'm2', 'm3']);
    const leaver = await world.start('m4');
    await world.settle(leaver.join([addressOf('m1').host]));
    await world.settle(leaver.leave());
    await world.stop('m4');
    const back = await world.start('m4');
    await world.advance(5000);
    expect(back.stats().snapshot?.rejoin).toBe('none');
    expect(aliveIn(back)).toEqual(['m4']);
  });

  test('rejoins a pool of which all members had failed, when they return one by one', async () => {
    await world.pool(['m1', 'm2', 'm3']);
    world.crash('m1');
    world.crash('m2');
    await world.advance(60_000);
    expect(world.disk('m3').text).toContain('not-alive: m1\n# hobnob failed: m1 10.0.0.1:7946');
    await world.stop('m3');
    await world.disk('m1').replace(Buffer.of());
    const forgetful = await world.start('m1');
    const back = await world.start('m3');
    await world.advance(5000);
    expect(back.stats().snapshot?.rejoin).toBe('done');
    expect(aliveIn(forgetful)).toEqual(['m1', 'm3']);
  });

  test('keeps running when its disk fails, and writes everything when the disk works again', async () => {
    await world.pool(['m1', 'm2']);
    world.disk('m2').failure = new Error('no space left on device');
    const late = await world.start('m3');
    await world.settle(late.join([addressOf('m1').host]));
    await world.advance(45_000);
    expect(
      world.logged.filter((line) => line === 'm2 the snapshot could not be written').length,
    ).toBeLessThan(4);
    expect(world.disk('m2').text).not.toContain('m3');
    world.disk('m2').failure = undefined;
    await world.advance(31_000);
    expect(world.disk('m2').text).toContain('alive: m3 10.0.0.3:7946\n');
  });
});
