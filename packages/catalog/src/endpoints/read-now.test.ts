import { expect, test } from 'vitest';
import { startEndpoints } from '../../test/start-endpoints.ts';
import { create, DirEntry, KvsRequest } from '../records/index.ts';
import { everything } from './rpc.ts';

const options = { authority: everything };
const get = { Datacenter: 'dc1', Key: 'a', Token: '', MinQueryIndex: 0 };

async function setUp() {
  const server = startEndpoints();
  const put = (Key: string) => {
    const DirEnt = create(DirEntry, { Key, Value: Buffer.from('v') });
    return server.call('KVS.Apply', create(KvsRequest, { Datacenter: 'dc1', Op: 'set', DirEnt }));
  };
  await put('a');
  return { ...server, put };
}

test.each([
  ['a key', {}],
  ['a missing key', { Key: 'absent' }],
  ['a consistent read', { RequireConsistent: true }],
  ['a stale read', { AllowStale: true }],
])('%s is answered in the same turn as by the call that waits', async (_name, over) => {
  const { endpoints, put } = await setUp();
  const request = { ...get, ...over };
  const before = endpoints.askNow('KVS.Get', request, options);
  expect(before).toBeDefined();
  expect(before).toEqual(await endpoints.ask('KVS.Get', request, options));
  await put('a');
  const after = endpoints.askNow('KVS.Get', request, options);
  expect(after?.asOf).toBe((before?.asOf ?? 0) + 1);
  expect(after).toEqual(await endpoints.ask('KVS.Get', request, options));
});

test('a read that waits has no answer in this turn', async () => {
  const { endpoints } = await setUp();
  expect(endpoints.askNow('KVS.Get', { ...get, MinQueryIndex: 1 }, options)).toBeUndefined();
});

test('what is refused with a wait is refused at once', async () => {
  const { endpoints, log } = await setUp();
  const elsewhere = { ...get, Datacenter: 'elsewhere' };
  expect(() => endpoints.askNow('KVS.Get', elsewhere, options)).toThrow('No path to datacenter');
  await log.close();
  expect(() => endpoints.askNow('KVS.Get', get, options)).toThrow('No cluster leader');
  const consistent = { ...get, AllowStale: true, RequireConsistent: true };
  expect(() => endpoints.askNow('KVS.Get', consistent, options)).toThrow('node is not the leader');
  expect(endpoints.askNow('KVS.Get', { ...get, AllowStale: true }, options)?.reply).toMatchObject({
    Entries: [{ Key: 'a' }],
    KnownLeader: false,
  });
});

test('a server that other servers must confirm gives no consistent answer in this turn', async () => {
  const { endpoints, log } = await setUp();
  const asked = { ...get, RequireConsistent: true };
  // As a log of several servers will answer.
  log.verifyLeader = () => Promise.resolve(true) as unknown as boolean;
  expect(endpoints.askNow('KVS.Get', asked, options)).toBeUndefined();
});
