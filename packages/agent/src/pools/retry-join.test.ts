import { VirtualClock } from '@hobnob/gossip/testing';
import { describe, expect, test } from 'vitest';
import { recordingLogger } from '../../test/recording-logger.ts';
import { AgentError } from '../errors.ts';
import { retryJoin } from './retry-join.ts';

const refused = new AgentError('AGENT_JOIN', 'no answer');
const config = { startJoin: [], retryJoin: ['10.0.0.1'], retryIntervalMs: 30_000, retryMaxAttempts: 0 };

/** Lets everything that waits for a promise go on. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function setUp(outcomes: (number | Error)[], over: Partial<typeof config> = {}) {
  const clock = new VirtualClock();
  const { lines, ...logger } = recordingLogger();
  const stop = new AbortController();
  const attemptsAtMs: number[] = [];
  const join = async (): Promise<number> => {
    attemptsAtMs.push(clock.nowMs());
    const outcome = outcomes.shift() ?? refused;
    if (outcome instanceof Error) throw outcome;
    return outcome;
  };
  const pool = { hasPeers: false };
  const parts = { clock, logger, cluster: 'LAN', join, hasPeers: () => pool.hasPeers } as const;
  const done = retryJoin(parts, { ...config, ...over }, stop.signal);
  return { pool, clock, lines, stop, attemptsAtMs, done };
}

test('retries sooner at first, then at the interval, until a member answers, and logs as Consul does', async () => {
  const { clock, lines, attemptsAtMs, done } = setUp([...Array<Error>(7).fill(refused), 1]);
  for (let second = 0; second < 91; second += 1) {
    await settle();
    clock.advance(1000);
  }
  await done;
  expect(attemptsAtMs).toEqual([0, 1000, 3000, 7000, 15_000, 31_000, 61_000, 91_000]);
  const retry = (interval: string): string =>
    `WARN root: Join cluster failed, will retry {"cluster":"LAN","retry_interval":"${interval}","error":"no answer"}`;
  expect(lines).toEqual([
    'INFO root: Joining cluster... {"cluster":"LAN"}',
    ...['1s', '2s', '4s', '8s', '16s', '30s', '30s'].map(retry),
    'INFO root: Join cluster completed. Synced with initial agents {"cluster":"LAN","num_agents":1}',
  ]);
});

test('never waits longer than the interval that is asked for', async () => {
  const { clock, attemptsAtMs, done } = setUp([refused, refused, 1], { retryIntervalMs: 500 });
  for (let i = 0; i < 3; i += 1) {
    await settle();
    clock.advance(500);
  }
  await done;
  expect(attemptsAtMs).toEqual([0, 500, 1000]);
});

test('gives up after the retries allowed, as Consul: -retry-max 2 makes three attempts', async () => {
  const { clock, attemptsAtMs, done } = setUp([], { retryMaxAttempts: 2, retryIntervalMs: 1_000 });
  const outcome = expect(done).rejects.toMatchObject({
    code: 'AGENT_JOIN',
    message: 'max join retry exhausted after 3 attempts: no answer',
  });
  for (let i = 0; i < 3; i += 1) {
    await settle();
    clock.advance(1_000);
  }
  await outcome;
  expect(attemptsAtMs).toEqual([0, 1_000, 2_000]);
});

test('ends at once, without a timer left, when its signal aborts', async () => {
  const { clock, stop, attemptsAtMs, done } = setUp([]);
  await settle();
  stop.abort();
  await done;
  expect(clock.pendingCount).toBe(0);
  expect(attemptsAtMs).toEqual([0]);
});

test('does not try again among real servers', async () => {
  const mixed = new AgentError('AGENT_MIXED_SERVERS', 'real servers');
  const { done, attemptsAtMs } = setUp([mixed]);
  await expect(done).rejects.toBe(mixed);
  expect(attemptsAtMs).toEqual([0]);
});

test('a bug is not retried', async () => {
  const { done } = setUp([new TypeError('bug')]);
  await expect(done).rejects.toThrow('bug');
});

test('without addresses there is nothing to do', async () => {
  const { done, lines } = setUp([], { retryJoin: [] });
  await done;
  expect(lines).toEqual([]);
});

describe('an answer of this agent itself', () => {
  /** Lets so many seconds pass. */
  async function pass(clock: VirtualClock, seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
      await settle();
      clock.advance(1_000);
    }
    await settle();
  }
  const alone = 'INFO root: Only this agent itself answered the join, will retry';

  test('is no join: a name that resolves to other members later is joined again, and is logged once', async () => {
    const { clock, lines, done, attemptsAtMs } = setUp([...Array<number>(20).fill(0), 2]);
    await pass(clock, 600);
    await done;
    expect(attemptsAtMs).toHaveLength(21);
    expect(lines.filter((line) => !line.startsWith('DEBUG'))).toEqual([
      'INFO root: Joining cluster... {"cluster":"LAN"}',
      `${alone} {"cluster":"LAN","retry_interval":"1s"}`,
      'INFO root: Join cluster completed. Synced with initial agents {"cluster":"LAN","num_agents":2}',
    ]);
  });

  test('is enough once another has joined it', async () => {
    const { clock, pool, done, attemptsAtMs } = setUp(Array<number>(99).fill(0));
    await pass(clock, 5);
    pool.hasPeers = true;
    await pass(clock, 5);
    await done;
    expect(attemptsAtMs).toEqual([0, 1_000, 3_000, 7_000]);
  });

  test('does not end a first server whose retries are used up', async () => {
    const { clock, lines, done } = setUp(Array<number>(99).fill(0), {
      retryMaxAttempts: 2,
      retryIntervalMs: 1_000,
    });
    await pass(clock, 3);
    await done;
    expect(lines.at(-1)).toBe(
      'WARN root: Only this agent itself answered the joins, continuing alone {"cluster":"LAN","attempts":3}',
    );
  });
});
