import { describe, expect, test } from 'vitest';
import type { PushPullOutcome } from '../io/driver.ts';
import { seededRng } from '../testing/seeded-rng.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import type { Address } from '../wire/address.ts';
import { type RejoinParts, rejoinPool } from './rejoin.ts';

const merged: PushPullOutcome = {
  type: 'merged',
  answer: { listing: { type: 'admitted' }, from: 'another', reach: 'reached' },
};
const failed: PushPullOutcome = {
  type: 'failed',
  failure: { code: 'SEED_UNREACHABLE', reason: 'connection refused' },
};
const self = address(1);
const never = new AbortController().signal;

function address(last: number): Address {
  return { host: `10.0.0.${last}`, port: 7946 };
}

function members(...lasts: readonly number[]): ReadonlyMap<string, Address> {
  return new Map(lasts.map((last) => [`m${last}`, address(last)]));
}

/** A network in which these members answer. It records the addresses that are tried, and how many at once. */
function network(answering: readonly number[], foreign: readonly number[] = []) {
  const tried: string[] = [];
  const seen = { openMax: 0 };
  let openCount = 0;
  const parts: RejoinParts = {
    clock: new VirtualClock(),
    rng: seededRng(1),
    defaultPort: 7946,
    selfName: 'self',
    isSelf: ({ host }) => host === self.host,
    resolve: async ({ host, port }) => [{ host, port }],
    refusal: async ({ address: { host } }) =>
      foreign.some((last) => host === address(last).host) ? 'not ours' : undefined,
    pushPull: async ({ host }, intent) => {
      expect(intent).toBe('join');
      tried.push(host);
      openCount += 1;
      seen.openMax = Math.max(seen.openMax, openCount);
      await new Promise((resolve) => setImmediate(resolve));
      openCount -= 1;
      return answering.some((last) => host === address(last).host) ? merged : failed;
    },
  };
  return { parts, tried, seen };
}

const noMembers = { alive: members(), failed: members(), seeds: [] };

describe('a rejoin', () => {
  test('succeeds through a member that was alive, and then tries no other group', async () => {
    const { parts, tried, seen } = network([2, 3, 4, 5, 6, 7, 8]);
    const alive = members(2, 3, 4, 5, 6, 7, 8);
    const answered = await rejoinPool(parts, { ...noMembers, alive, failed: members(9) }, never);
    expect(tried).toContain(answered?.host);
    expect(tried).toHaveLength(3);
    expect(seen.openMax).toBe(3);
  });

  test('sends no state to an address that is refused', async () => {
    const { parts, tried } = network([2, 3], [2]);
    expect(await rejoinPool(parts, { ...noMembers, alive: members(2, 3) }, never)).toEqual(address(3));
    expect(tried).toEqual([address(3).host]);
  });

  test('tries groups of three until a member answers', async () => {
    const { parts, tried, seen } = network([8]);
    expect(await rejoinPool(parts, { ...noMembers, alive: members(2, 3, 4, 5, 6, 7, 8) }, never)).toEqual(
      address(8),
    );
    expect(new Set(tried).size).toBe(tried.length);
    expect(seen.openMax).toBe(3);
  });

  test('tries failed members when no live one answers, and then the seeds', async () => {
    const { parts, tried } = network([4]);
    const snapshot = { alive: members(2), failed: members(3), seeds: ['10.0.0.4', 'not a seed:x'] };
    expect(await rejoinPool(parts, snapshot, never)).toEqual(address(4));
    expect(tried).toEqual(['10.0.0.2', '10.0.0.3', '10.0.0.4']);
  });

  test('never tries our own address, nor one address twice', async () => {
    const { parts, tried } = network([]);
    const alive = new Map([...members(1, 2), ['self', address(5)] as const]);
    const snapshot = { alive, failed: members(2), seeds: ['10.0.0.2:7946', '10.0.0.1'] };
    expect(await rejoinPool(parts, snapshot, never)).toBeUndefined();
    expect(tried).toEqual(['10.0.0.2']);
  });

  test('ends with an abort', async () => {
    const { parts, tried } = network([9]);
    const ending = new AbortController();
    const rejoining = rejoinPool(
      parts,
      { ...noMembers, alive: members(2, 3, 4), failed: members(9) },
      ending.signal,
    );
    ending.abort();
    expect(await rejoining).toBeUndefined();
    expect(tried).not.toContain('10.0.0.9');
  });
});
