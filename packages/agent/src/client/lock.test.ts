import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createTestAgent, type TestAgent } from '../testing/test-agent.ts';
import { type AgentClient, createClient, type TxnOperation } from './client.ts';

/** Locks over HTTP against an agent of ours; test/clients has those of Consul's Go client beside them. */

let agent: TestAgent;
let client: AgentClient;

beforeAll(async () => {
  agent = await createTestAgent();
  client = createClient({ address: agent.httpAddress });
});

afterAll(async () => agent.close());

test('a lock is held by one at a time, and goes to the next who waits', async () => {
  const first = await client.lock('lock/a', { value: 'first' }).acquire();
  const second = client.lock('lock/a', { value: 'second' });
  expect(await second.tryAcquire({ waitMs: 1 })).toBeUndefined();
  const waiting = second.acquire();
  const { value: entry } = await client.kv.get('lock/a');
  expect(entry).toMatchObject({ Session: first.session, Flags: 3304740253564472344n });
  await first.release();
  const held = await waiting;
  expect(Buffer.from((await client.kv.get('lock/a')).value?.Value ?? [])).toEqual(Buffer.from('second'));
  expect(first.signal.reason).toMatchObject({ code: 'CLIENT_LOCK_RELEASED' });
  expect(held.signal.aborted).toBe(false);
  await expect(second.destroy()).rejects.toMatchObject({ code: 'CLIENT_LOCK_IN_USE' });
  await held.release();
  await second.destroy();
  expect((await client.kv.get('lock/a')).value).toBeUndefined();
  expect((await client.session.list()).value).toEqual([]);
});

test('a holder whose session ends hears of it', async () => {
  const held = await client.lock('lock/b').acquire();
  const lost = new Promise((resolve) => held.signal.addEventListener('abort', resolve, { once: true }));
  await client.session.destroy(held.session);
  await lost;
  expect(held.signal.reason).toMatchObject({ name: 'LockError', code: 'CLIENT_LOCK_LOST' });
  await held.release();
});

test('a holder whose agent has gone hears why', async () => {
  await using other = await createTestAgent();
  const held = await createClient({ address: other.httpAddress }).lock('lock/e').acquire();
  const lost = new Promise((resolve) => held.signal.addEventListener('abort', resolve, { once: true }));
  await other.close();
  await lost;
  expect(held.signal.reason).toMatchObject({
    code: 'CLIENT_LOCK_LOST',
    cause: { code: 'CLIENT_CONNECTION' },
  });
  await expect(held.release()).rejects.toMatchObject({ code: 'CLIENT_CONNECTION' });
});

test('a wait ends with its signal, and leaves no session', async () => {
  await using held = await client.lock('lock/c').acquire();
  const signal = AbortSignal.timeout(20);
  await expect(client.lock('lock/c').acquire({ signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  await vi.waitUntil(async () => (await client.session.list()).value.every(({ ID }) => ID === held.session));
});

test('a key of another use is no lock, and no semaphore', async () => {
  await client.kv.put('lock/d', 'x');
  const conflict = { code: 'CLIENT_LOCK_CONFLICT' };
  await expect(client.lock('lock/d').acquire()).rejects.toMatchObject(conflict);
  await expect(client.lock('lock/d').destroy()).rejects.toMatchObject(conflict);
  await client.kv.put('sem/d/.lock', 'x');
  await expect(client.semaphore('sem/d', { limit: 2 }).acquire()).rejects.toMatchObject(conflict);
  expect((await client.session.list()).value).toEqual([]);
});

test('a semaphore has as many holders as its limit says', async () => {
  const semaphore = client.semaphore('sem/a', { limit: 2 });
  const [one, two] = await Promise.all([semaphore.acquire(), semaphore.acquire()]);
  expect(await semaphore.tryAcquire({ waitMs: 1 })).toBeUndefined();
  const waiting = semaphore.acquire();
  await one.release();
  const three = await waiting;
  const other = client.semaphore('sem/a', { limit: 3 });
  await expect(other.acquire()).rejects.toThrow('semaphore limit conflict (lock: 2, local: 3)');
  await expect(semaphore.destroy()).rejects.toMatchObject({ code: 'CLIENT_LOCK_IN_USE' });
  await Promise.all([two.release(), three.release()]);
  await semaphore.destroy();
  expect((await client.kv.list('sem/a/')).value).toEqual([]);
});

test('a transaction is done as a whole or not at all', async () => {
  const flags = 18446744073709551615n;
  const done = await client.txn([{ kv: { verb: 'set', key: 'txn/a', value: 'x', flags } }]);
  expect(done).toMatchObject({ isDone: true, errors: [], results: [{ KV: { Key: 'txn/a', Flags: flags } }] });
  const [read] = (await client.txn([{ kv: { verb: 'get', key: 'txn/a' } }])).results;
  expect(Buffer.from(read?.KV?.Value ?? [])).toEqual(Buffer.from('x'));
  const failed = await client.txn([
    { kv: { verb: 'set', key: 'txn/b', value: 'x' } },
    { kv: { verb: 'check-not-exists', key: 'txn/a' } },
  ]);
  expect(failed).toEqual({
    isDone: false,
    results: [],
    errors: [{ OpIndex: 1, What: 'key "txn/a" exists' }],
  });
  expect((await client.kv.get('txn/a')).value?.Flags).toBe(flags);
  expect((await client.kv.get('txn/b')).value).toBeUndefined();
});

test('a transaction writes the catalog beside keys, and says what it wrote', async () => {
  const node = { Node: 'txn-node', Address: '10.0.0.1' };
  const { results } = await client.txn([
    { kv: { verb: 'set', key: 'txn/c', value: 'x' } },
    { Node: { Verb: 'set', Node: node } },
    { Service: { Verb: 'set', Node: 'txn-node', Service: { Service: 'web', Port: 80 } } },
    { Check: { Verb: 'set', Check: { Node: 'txn-node', CheckID: 'up', Name: 'up', Status: 'passing' } } },
  ]);
  const [kv, written, service, check] = results;
  expect(kv?.KV?.Value).toHaveLength(0);
  expect(written?.Node).toMatchObject(node);
  expect(service?.Service?.Port).toBe(80);
  expect(check?.Check?.Status).toBe('passing');
});

test('an operation that an agent would pass over is refused', async () => {
  for (const operation of [{}, { key: 'a', verb: 'set' }, { kv: undefined }, null]) {
    const txn = client.txn([operation as unknown as TxnOperation]);
    await expect(txn).rejects.toMatchObject({ code: 'CLIENT_ARGUMENT' });
  }
});

test('a key that no path leads to is refused with the reason, and written by a transaction', async () => {
  const put = client.kv.put('a//b', 'x');
  await expect(put).rejects.toMatchObject({ code: 'CLIENT_STATUS', status: 301 });
  await expect(put).rejects.toThrow('it has no such path, and leads to /v1/kv/a/b instead');
  const { results } = await client.txn([{ kv: { verb: 'set', key: 'a//b', value: 'x' } }]);
  expect(results[0]?.KV?.Key).toBe('a//b');
});
