import { describe, expect, test } from 'vitest';
import type { Contact } from '../swim/types.ts';
import { VirtualClock } from '../testing/virtual-clock.ts';
import { type Address, hostToBytes } from '../wire/address.ts';
import type { NodeStateName, PushPull } from '../wire/swim-messages.ts';
import { encodeTags } from '../wire/tags.ts';
import { type PoolProbeParts, probePool } from './pool-probe.ts';

type Answer = Contact<PushPull> | 'silent';

function knows(...members: readonly { name: string; state?: NodeStateName; meta?: Uint8Array }[]): Answer {
  const nodes = members.map(({ name, state = 'alive' as const, meta = encodeTags({ role: name }) }) => {
    return { name, addr: hostToBytes('127.0.0.9'), port: 0, meta, incarnation: 1, state };
  });
  return { ok: true, value: { type: 'push-pull', join: false, nodes, userState: new Uint8Array(0) } };
}

const refused: Answer = { ok: false, failure: { code: 'SEED_REFUSED', reason: 'connection refused' } };

/** Probes scripted peers in virtual time. */
function prober(peers: Readonly<Record<string, Answer>>) {
  const clock = new VirtualClock();
  const poolProbes: string[] = [];
  const parts: PoolProbeParts = {
    clock,
    defaultPort: 8301,
    resolve: async ({ host, port }) => [{ host, port }],
    probePool: ({ host, port }: Address, signal) => {
      poolProbes.push(`${host}:${port}`);
      const answer = peers[host] ?? refused;
      if (answer !== 'silent') return Promise.resolve(answer);
      if (signal.aborted) return Promise.reject(signal.reason);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      });
    },
  };
  const probe = (seeds: readonly string[], signals: readonly AbortSignal[] = []) =>
    probePool(parts, { seeds, timeoutMs: 1000, signals });
  return { clock, poolProbes, probe };
}

describe('a pool probe', () => {
  test('returns the members that each seed lists, with tags and status, and the reason of each failed seed', async () => {
    const { probe, poolProbes } = prober({
      '127.0.0.2': knows({ name: 'a' }, { name: 'b', state: 'left' }),
      '127.0.0.3': knows({ name: 'a' }),
    });
    const result = await probe(['127.0.0.2', '127.0.0.3:9000', '127.0.0.4']);
    expect(poolProbes).toEqual(['127.0.0.2:8301', '127.0.0.3:9000', '127.0.0.4:8301']);
    expect(result.answered).toEqual([
      { host: '127.0.0.2', port: 8301 },
      { host: '127.0.0.3', port: 9000 },
    ]);
    expect(
      result.members.map(({ name, status, tags, address }) => [name, status, tags, address.port]),
    ).toEqual([
      ['a', 'alive', { role: 'a' }, 8301],
      ['b', 'left', { role: 'b' }, 8301],
      ['a', 'alive', { role: 'a' }, 9000],
    ]);
    expect(result.failures.map(({ seed, error }) => [seed, error.code])).toEqual([
      ['127.0.0.4', 'SEED_REFUSED'],
    ]);
  });

  test('returns a member with invalid tags without tags', async () => {
    const { probe } = prober({ '127.0.0.2': knows({ name: 'a', meta: Uint8Array.of(255, 1, 2) }) });
    expect((await probe(['127.0.0.2'])).members).toMatchObject([{ name: 'a', tags: {} }]);
  });

  test.each([[[]], [['127.0.0.4', ':']]])('of %j fails like a join', async (seeds) => {
    await expect(prober({}).probe(seeds)).rejects.toMatchObject({ code: 'GOSSIP_JOIN_FAILED' });
  });

  test('waits for silent seeds until its timeout', async () => {
    const { probe, clock } = prober({ '127.0.0.2': 'silent', '127.0.0.3': knows({ name: 'a' }) });
    const probed = probe(['127.0.0.2', '127.0.0.3']);
    await Promise.resolve();
    clock.runToNextWake();
    expect(await probed).toMatchObject({
      answered: [{ host: '127.0.0.3', port: 8301 }],
      failures: [{ error: { code: 'SEED_TIMEOUT' } }],
    });
    expect([clock.nowMs(), clock.pendingCount]).toEqual([1000, 0]);
  });

  test('rejects with the reason of an abort', async () => {
    const { probe, clock } = prober({ '127.0.0.2': 'silent' });
    const user = new AbortController();
    const probed = probe(['127.0.0.2'], [user.signal]);
    user.abort(new Error('enough'));
    await expect(probed).rejects.toThrow('enough');
    expect(clock.pendingCount).toBe(0);
  });
});
