import { createClient, type Held } from '@hobnob/agent/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PeerProcess, peersFolder } from '../interop/peer-process.ts';
import { type BothAgents, startBoth } from './both-agents.ts';
import { goClient } from './programs.ts';

/** Locks and semaphores of HashiCorp's Go client and of ours meet on one agent: a real Consul, and ours. */

const program = goClient('consulApi');
/** A session of 10 s may live twice as long. */
const expiryMs = 45_000;

/** The Go client, which does as it is told. */
class GoLocker implements AsyncDisposable {
  readonly #process: PeerProcess;

  private constructor(process: PeerProcess) {
    this.#process = process;
  }

  static async start(address: string): Promise<GoLocker> {
    const args = ['-consul', address, 'locker'];
    return new GoLocker(await PeerProcess.start(() => ({ command: program ?? '', args, stdin: 'pipe' })));
  }

  /** Begins to take a lock or, with a limit, a slot. Names are used once. */
  take(name: string, key: string, limit = 0): void {
    this.#tell({ Op: 'take', Name: name, Key: key, Limit: limit });
  }

  giveUp(name: string): void {
    this.#tell({ Op: 'give up', Name: name });
  }

  destroy(name: string): void {
    this.#tell({ Op: 'destroy', Name: name });
  }

  /** Waits until something has happened to a name, without an error. */
  async hears(
    what: 'held' | 'lost' | 'given up' | 'destroyed',
    name: string,
    timeoutMs = 20_000,
  ): Promise<void> {
    const line = await this.#process.waitForLine(new RegExp(`"step":"${what} ${name}"`), timeoutMs);
    expect(JSON.parse(line)).toEqual({ step: `${what} ${name}`, result: [] });
  }

  has(what: 'held', name: string): boolean {
    return this.#process.lines.some((line) => line.includes(`"step":"${what} ${name}"`));
  }

  /** It has no time to give up what it holds. */
  kill(): Promise<void> {
    return this.#process.kill('SIGKILL');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process.dispose();
  }

  #tell(order: object): void {
    this.#process.writeLine(JSON.stringify(order));
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

describe.skipIf(peersFolder === undefined || program === undefined)('locks of Go and ours', () => {
  let both: BothAgents;
  beforeAll(async () => {
    both = await startBoth(5);
  });
  afterAll(() => both?.dispose());

  const addressOf = (agent: number) => both.registries[agent]?.address ?? '';
  const clientOf = (agent: number) => createClient({ address: addressOf(agent) });
  const agents = [
    ['a real Consul', 0],
    ['ours', 1],
  ] as const;

  test.each(agents)('Go holds and ours waits, and the other way round, on %s', async (_name, agent) => {
    await using go = await GoLocker.start(addressOf(agent));
    const lock = clientOf(agent).lock('meet/turns');
    go.take('first', 'meet/turns');
    await go.hears('held', 'first');
    expect(await lock.tryAcquire({ waitMs: 300 })).toBeUndefined();
    await expect(lock.destroy()).rejects.toMatchObject({ code: 'CLIENT_LOCK_IN_USE' });

    const waiting = lock.acquire();
    go.giveUp('first');
    const held = await waiting;
    expect(held.signal.aborted).toBe(false);

    go.take('second', 'meet/turns');
    expect(await lock.tryAcquire({ waitMs: 500 })).toBeUndefined();
    expect(go.has('held', 'second')).toBe(false);
    await held.release();
    await go.hears('held', 'second');
    go.giveUp('second');
    await go.hears('given up', 'second');
    await lock.destroy();
    expect(await clientOf(agent).kv.get('meet/turns')).toMatchObject({ value: undefined });
  });

  test.each(agents)('who loses a session loses the lock and hears of it, on %s', async (_name, agent) => {
    await using go = await GoLocker.start(addressOf(agent));
    const client = clientOf(agent);
    // Without a lock delay: it is a session of the caller's.
    const session = await client.session.create({ LockDelay: '0s', TTL: '60s' });
    const held = await client.lock('meet/lost', { session }).acquire();
    go.take('first', 'meet/lost');
    await client.session.destroy(session);
    await aborted(held.signal);
    await go.hears('held', 'first');

    const { value } = await client.kv.get('meet/lost');
    await client.session.destroy(value?.Session ?? '');
    await go.hears('lost', 'first');
  });

  test('who is killed holds it until its session ends, on both', async () => {
    await Promise.all(agents.map(([, agent]) => takeOverFromKilled(addressOf(agent))));
  });

  test.each(agents)('the slots of a semaphore go to both, on %s', async (_name, agent) => {
    await using go = await GoLocker.start(addressOf(agent));
    const semaphore = clientOf(agent).semaphore('meet/slots', { limit: 3 });
    go.take('one', 'meet/slots', 3);
    await go.hears('held', 'one');
    const own: Held[] = [await semaphore.acquire(), await semaphore.acquire()];
    go.take('two', 'meet/slots', 3);
    expect(await semaphore.tryAcquire({ waitMs: 500 })).toBeUndefined();
    expect(go.has('held', 'two')).toBe(false);
    await expect(semaphore.destroy()).rejects.toMatchObject({ code: 'CLIENT_LOCK_IN_USE' });

    await own[0]?.release();
    await go.hears('held', 'two');
    const waiting = semaphore.acquire();
    go.giveUp('one');
    own.push(await waiting);
    for (const held of own) await held.release();
    go.giveUp('two');
    await go.hears('given up', 'two');
    go.destroy('one');
    await go.hears('destroyed', 'one');
    const { value } = await clientOf(agent).kv.list('meet/slots');
    expect(value).toEqual([]);
  });
});

async function takeOverFromKilled(address: string): Promise<void> {
  await using go = await GoLocker.start(address);
  go.take('first', 'meet/killed');
  await go.hears('held', 'first');
  const { lock } = createClient({ address });
  const waiting = lock('meet/killed').acquire({ signal: AbortSignal.timeout(expiryMs) });
  const startedMs = performance.now();
  await go.kill();
  const held = await waiting;
  expect(performance.now() - startedMs).toBeGreaterThan(4_000);
  await held.release();
}
