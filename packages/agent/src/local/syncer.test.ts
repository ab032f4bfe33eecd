import { setImmediate as turn } from 'node:timers/promises';
import { CatalogError, type Rpc, type RpcMethod } from '@hobnob/catalog';
import { expect, test } from 'vitest';
import { member } from '../../test/fake-gossip.ts';
import { adding, localOnFakes, service } from '../../test/local-on-fakes.ts';
import { AgentError } from '../errors.ts';

/** Between agent and catalog: notes each write, and may fail it. */
function listening() {
  const writes: string[] = [];
  const over: { fault?: (method: RpcMethod, request: object) => Error | undefined } = {};
  const wrapRpc = (rpc: Rpc): Rpc => ({
    call: async (method, request, options) => {
      const fault = over.fault?.(method, request);
      if (fault !== undefined) throw fault;
      if (method === 'Catalog.Register' || method === 'Catalog.Deregister') writes.push(nameOf(request));
      return rpc.call(method, request, options);
    },
  });
  return { writes, over, wrapRpc };
}

/** `+service/check` of what a write registers, `-` of what it removes. */
function nameOf(request: object): string {
  const { Service, Check, Checks, ServiceID, CheckID } = request as {
    readonly Service?: { readonly ID: string } | null;
    readonly Check?: { readonly CheckID: string } | null;
    readonly Checks?: readonly { readonly CheckID: string }[] | null;
    readonly ServiceID?: string;
    readonly CheckID?: string;
  };
  if (ServiceID !== undefined) return `-${ServiceID}${CheckID}`;
  const checks = [...(Checks ?? []), ...(Check ? [Check] : [])].map((check) => `/${check.CheckID}`);
  return `+${Service?.ID ?? ''}${checks.join('')}`;
}

const s = 1_000_000_000n;
const noServers = new AgentError('AGENT_NO_SERVERS', 'No known Consul servers');

test('registrations of one turn are pushed in one pass, each once', async () => {
  const { writes, wrapRpc } = listening();
  const { port } = await localOnFakes({ wrapRpc });
  writes.length = 0;
  const ids = Array.from({ length: 50 }, (_, n) => `s${n}`);
  await Promise.all(
    ids.map((ID) => port.registerService(service({ ID }, [{ Name: `${ID}c`, TTL: s }]), adding)),
  );
  expect(writes).toEqual(ids.map((id) => `+${id}/${id}c`));
});

test('what is registered again is pushed again, even the same: a check of another type may look the same', async () => {
  const { writes, wrapRpc } = listening();
  const { port } = await localOnFakes({ wrapRpc });
  const web = service({ ID: 'w' }, [{ Name: 'c', TTL: s }]);
  writes.length = 0;
  for (let n = 0; n < 2; n += 1) await port.registerService(web, adding);
  expect(writes).toEqual(['+w/c', '+w/c']);
});

test('without servers it says so, keeps what is registered and syncs all when a server appears', async () => {
  const { writes, over, wrapRpc } = listening();
  over.fault = () => noServers;
  const { port, lines, lan, clock, inCatalog } = await localOnFakes({ wrapRpc });
  expect(lines).toContain(
    'ERROR agent.anti_entropy: failed to sync remote state {"error":"No known Consul servers"}',
  );
  await port.registerService(service({ ID: 'w' }), adding);
  expect(lines).toContain('WARN agent: Syncing node info failed. {"error":"No known Consul servers"}');
  expect(lines).toContain('ERROR agent: failed to sync changes {"error":"No known Consul servers"}');
  expect(port.services().has('w')).toBe(true);
  over.fault = () => undefined;
  lan.appear(member('server', { tags: { role: 'consul' } }));
  clock.advance(1_499);
  await turn();
  expect(writes).toEqual([]);
  clock.advance(1);
  await turn();
  expect(writes).toEqual(['+', '+w']);
  expect(await inCatalog.services()).toMatchObject([{ ID: 'w' }]);
});

test('what failed is tried again after 15 s and a part, and then once a minute and a part', async () => {
  const { over, wrapRpc } = listening();
  let reads = 0;
  over.fault = (method) => {
    if (method === 'Catalog.NodeServiceList') reads += 1;
    return reads === 1 ? noServers : undefined;
  };
  const { clock } = await localOnFakes({ wrapRpc });
  const readsAt: number[] = [];
  for (let second = 1; second <= 300; second += 1) {
    const before = reads;
    clock.advance(1_000);
    await turn();
    if (reads > before) readsAt.push(second);
  }
  expect(readsAt).toEqual([23, 113, 203, 293]);
});

test('a push that is refused does not stop the others, and is tried again', async () => {
  const { writes, over, wrapRpc } = listening();
  const { port, clock, inCatalog, lines } = await localOnFakes({ wrapRpc });
  const isBad = (request: object) => 'Service' in request && nameOf(request).startsWith('+bad');
  const refusal = new CatalogError('CATALOG_REFUSED', 'Invalid service address');
  over.fault = (_method, request) => (isBad(request) ? refusal : undefined);
  writes.length = 0;
  await Promise.all(['a', 'bad', 'c'].map((ID) => port.registerService(service({ ID }), adding)));
  expect(writes).toEqual(['+a', '+c']);
  expect(lines).toContain(
    'WARN agent: Syncing service failed. {"service":"bad","error":"Invalid service address"}',
  );
  over.fault = () => undefined;
  clock.advance(22_500);
  await turn();
  expect((await inCatalog.services()).map(({ ID }) => ID)).toEqual(['a', 'bad', 'c']);
});

test('a push that the token may not make waits for the next comparison', async () => {
  const { writes, over, wrapRpc } = listening();
  const { port, clock, lines } = await localOnFakes({ wrapRpc });
  over.fault = (method) =>
    method === 'Catalog.Register' ? new CatalogError('CATALOG_REFUSED', 'Permission denied') : undefined;
  await port.registerService(service({ ID: 'w' }), adding);
  await port.registerService(service({ ID: 'v' }), adding);
  const denied = lines.filter((line) => line.includes('blocked by ACLs'));
  expect(denied).toEqual([
    'WARN agent: Service registration blocked by ACLs {"service":"w"}',
    'WARN agent: Service registration blocked by ACLs {"service":"v"}',
  ]);
  over.fault = () => undefined;
  writes.length = 0;
  clock.advance(90_000);
  await turn();
  expect(writes.toSorted()).toEqual(['+v', '+w']);
});

test('a registration waits for a catalog that hangs, but not longer than a second', async () => {
  const { wrapRpc } = listening();
  let isHanging = false;
  const hang = (rpc: Rpc): Rpc => ({
    call: (method, request, options) =>
      isHanging ? new Promise(() => undefined) : rpc.call(method, request, options),
  });
  const { port, clock } = await localOnFakes({ wrapRpc: (rpc) => hang(wrapRpc(rpc)) });
  isHanging = true;
  let isDone = false;
  const registered = port.registerService(service({ ID: 'w' }), adding).then(() => {
    isDone = true;
  });
  await turn();
  clock.advance(999);
  await turn();
  expect(isDone).toBe(false);
  clock.advance(1);
  await registered;
});

test('an output that alone changes is pushed later, a status at once', async () => {
  const { writes, wrapRpc } = listening();
  const { port, clock } = await localOnFakes({ wrapRpc, updateIntervalMs: 10_000 });
  await port.registerService(service({ ID: 'w' }, [{ Name: 'c', TTL: 3_600n * s }]), adding);
  await port.updateTtl('c', { status: 'passing', output: 'one' });
  writes.length = 0;
  await port.updateTtl('c', { status: 'passing', output: 'two' });
  clock.advance(9_999);
  await turn();
  expect(writes).toEqual([]);
  clock.advance(1);
  await turn();
  expect(writes).toEqual(['+w/c']);
  await port.updateTtl('c', { status: 'warning', output: 'three' });
  expect(writes).toEqual(['+w/c', '+w/c']);
});

test('closing leaves no timer, and nothing is registered afterwards', async () => {
  const { port, local, clock, closing } = await localOnFakes();
  await port.registerService(service({ ID: 'w' }, [{ Name: 'c', TTL: s }]), adding);
  closing.abort(new AgentError('AGENT_CLOSED', 'closed'));
  await local.close();
  await local.close();
  expect(clock.pendingCount).toBe(0);
  await expect(port.registerService(service({ ID: 'v' }), adding)).rejects.toMatchObject({
    code: 'AGENT_CLOSED',
  });
});
