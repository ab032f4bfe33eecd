import { expect } from 'vitest';
import type { StreamTransport } from '../../src/ports.ts';
import type { TestCluster } from '../../src/testing/index.ts';
import type { Keyring } from '../../src/wire/encryption.ts';
import { poolTables } from './pool-tables.ts';

/** Where the attacks come from. */
export const intruder = { host: '10.66.6.6', port: 7946 };

/** A pool, and an attacker on its network that may send anything to its members. */
export class AttackedPool {
  readonly pool: TestCluster;
  readonly #streams: StreamTransport;
  readonly #sendPacket: (bytes: Uint8Array, name: string) => void;
  /** Streams whose end was not seen yet. */
  #openStreamsCount = 0;

  constructor(pool: TestCluster) {
    this.pool = pool;
    const { packets, streams } = pool.network.host(intruder);
    this.#streams = streams;
    this.#sendPacket = (bytes, name) => packets.send(Uint8Array.from(bytes), pool.addressOf(name));
  }

  /** Sends all of this to every member, once a second for so many seconds; each stream holds one of the messages. */
  async attack(
    { packets = [], streams = [] }: { packets?: readonly Uint8Array[]; streams?: readonly Uint8Array[] },
    seconds = 20,
  ): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      for (const name of this.pool.running) {
        for (const bytes of packets) this.#sendPacket(bytes, name);
        for (const bytes of streams) this.#sendStream(bytes, name);
      }
      await this.pool.advance(1_000);
    }
  }

  #sendStream(bytes: Uint8Array, name: string): void {
    this.#openStreamsCount += 1;
    const connection = this.#streams.dial(this.pool.addressOf(name), 10_000, {
      onData: () => undefined,
      onEnd: () => connection.end(),
      onClose: () => {
        this.#openStreamsCount -= 1;
      },
    });
    connection.write(bytes);
  }

  /**
   * Expects that the pool has converged and lists its own members only, at their addresses; that tag updates, queries,
   * joins and the detection of a crash still work; that no queue has grown and no stream is open.
   */
  async expectUnharmed(keyring?: Keyring): Promise<void> {
    const { pool } = this;
    await pool.advanceUntil(() => pool.isConverged(), 10_000);
    const first = pool.gossip('m1');
    expect(first.members().map(({ name, address }) => [name, address])).toEqual(
      pool.names.map((name) => [name, pool.addressOf(name)]),
    );
    await pool.settle(pool.gossip('m2').setTags({ role: 'db' }));
    const sees = (name: string) => pool.gossip(name).member('m2')?.tags['role'] === 'db';
    await pool.advanceUntil(() => pool.running.every(sees), 10_000);
    await pool.advance(30_000);
    for (const [observer, table] of await poolTables(pool, keyring)) {
      expect([...table.keys()].toSorted(), observer).toEqual([...pool.names].toSorted());
    }
    expect(this.#openStreamsCount).toBe(0);
    for (const name of pool.running) {
      const { swimQueueDepth, intentQueueDepth, eventQueueDepth } = pool.gossip(name).stats();
      expect([name, swimQueueDepth, intentQueueDepth, eventQueueDepth]).toEqual([name, 0, 0, 0]);
    }
    pool.crash('m6');
    await pool.advanceUntil(() => pool.statusSeenBy('m1', 'm6') === 'failed', 60_000);
    const back = await pool.restart('m6');
    await pool.settle(back.join([pool.addressOf('m1').host]));
    await pool.advanceUntil(() => pool.isConverged(), 10_000);
  }

  /** How often the members refused something, by code. */
  refusals(code: string): number {
    const counts = this.pool.running.map((name) => this.pool.gossip(name).stats().dropped[code] ?? 0);
    return counts.reduce((sum, count) => sum + count, 0);
  }
}
