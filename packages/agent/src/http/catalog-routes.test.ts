import { everything } from '@hobnob/catalog';
import { create, NodeService, RegisterRequest } from '@hobnob/catalog/records';
import { afterEach, expect, test, vi } from 'vitest';
import { agentOnFakes, closeAgents, settle } from '../../test/agent-on-fakes.ts';
import { catalogOverHttp } from '../../test/catalog-over-http.ts';
import { member } from '../../test/fake-gossip.ts';

/** The catalog's routes on a whole agent. test/differential compares their answers with a real Consul's. */

afterEach(closeAgents);

async function setUp() {
  const { started, pools, clock, lines } = agentOnFakes({ server: true, ports: { http: 0 } });
  const agent = await started;
  const [address = ''] = agent.httpAddresses;
  const ask = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${address}/v1/${path}`, init);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const lan = pools.find(({ name }) => name === 'me');
  if (lan === undefined) throw new Error('no LAN was opened');
  return { agent, ask, lan, clock, lines };
}

/** Requests come over sockets, so their effects are waited for in real time. */
const until = (holds: () => boolean) => vi.waitUntil(holds, { timeout: 5_000, interval: 5 });

const webTags = { role: 'node', dc: 'dc1', id: '11111111-2222-3333-4444-555555555555' };

test('a server is in its own catalog when its API answers', async () => {
  const { ask } = await setUp();
  const [node] = JSON.parse((await ask('catalog/nodes')).text);
  expect(node).toMatchObject({
    Node: 'me',
    Datacenter: 'dc1',
    TaggedAddresses: { lan: '127.0.0.1', lan_ipv4: '127.0.0.1', wan: '127.0.0.1', wan_ipv4: '127.0.0.1' },
    Meta: { 'consul-network-segment': '' },
  });
  const [{ Service, Checks }] = JSON.parse((await ask('health/service/consul')).text);
  expect(Service).toMatchObject({ ID: 'consul', Port: 8300, Tags: [], Meta: { version: '1.8.7' } });
  expect(Checks).toMatchObject([{ CheckID: 'serfHealth', Status: 'passing' }]);
  expect((await ask('status/leader')).text).toBe('"127.0.0.1:8300"\n');
});

test('members come and go in the catalog as the pool reports them', async () => {
  const { ask, lan, lines } = await setUp();
  const web = member('web', { tags: webTags });
  const status = async () => {
    await settle();
    return JSON.parse((await ask('health/node/web')).text).map(
      ({ Status }: { readonly Status: string }) => Status,
    );
  };
  lan.appear(web);
  lan.appear(member('stranger'));
  expect(await status()).toEqual(['passing']);
  lan.emit({ type: 'member-failed', members: [{ ...web, status: 'failed' }] });
  expect(await status()).toEqual(['critical']);
  lan.emit({ type: 'member-join', members: [web] });
  expect(await status()).toEqual(['passing']);
  lan.emit({ type: 'member-leave', members: [{ ...web, status: 'left' }] });
  expect(await status()).toEqual([]);
  const { text } = await ask('catalog/nodes');
  expect(JSON.parse(text).map(({ Node }: { readonly Node: string }) => Node)).toEqual(['me']);
  expect(lines).toEqual(
    expect.arrayContaining([
      'INFO agent.server: member joined, marking health alive {"member":"web"}',
      'INFO agent.server: member failed, marking health critical {"member":"web"}',
      'INFO agent.server: deregistering member {"member":"web","reason":"left"}',
    ]),
  );
});

test('a member whose end was missed is removed by the next full pass', async () => {
  const { ask, lan, clock } = await setUp();
  // It is reported, and is not among the members any more.
  lan.emit({ type: 'member-join', members: [member('ghost', { tags: webTags })] });
  await settle();
  expect((await ask('catalog/node/ghost')).text).not.toBe('null\n');
  clock.advance(60_000);
  await settle();
  expect((await ask('catalog/node/ghost')).text).toBe('null\n');
});

test('a blocking query ends with the write that concerns it', async () => {
  const { ask } = await setUp();
  const first = await ask('health/service/web');
  const waiting = ask(`health/service/web?index=${first.headers.get('x-consul-index')}&wait=1m`);
  const body = JSON.stringify({ Node: 'web', Address: '10.0.0.9', Service: { Service: 'web' } });
  expect(await ask('catalog/register', { method: 'PUT', body })).toMatchObject({ status: 200 });
  const { text, headers } = await waiting;
  expect(JSON.parse(text)).toMatchObject([{ Node: { Node: 'web' } }]);
  expect(Number(headers.get('x-consul-index'))).toBeGreaterThan(Number(first.headers.get('x-consul-index')));
});

test('an agent that closes ends the queries that wait', async () => {
  const { agent, ask, clock } = await setUp();
  const before = clock.pendingCount;
  const waiting = ask('catalog/nodes?index=99&wait=10m');
  await until(() => clock.pendingCount > before);
  void agent.close();
  expect(await waiting).toMatchObject({ status: 500, text: 'the agent is closed' });
});

test('a client that goes away frees its wait, and its request is no error', async () => {
  const { url, close, watches, lines } = await catalogOverHttp();
  const gone = new AbortController();
  const asked = fetch(`${url}/v1/health/service/web?index=5&wait=10m`, { signal: gone.signal });
  await until(() => watches.stats.waiters === 1);
  gone.abort();
  await expect(asked).rejects.toThrow();
  await until(() => watches.stats.waiters === 0);
  expect(watches.stats.groups).toBe(0);
  expect(lines.filter((line) => line.startsWith('ERROR'))).toEqual([]);
  await close();
});

test('a long list is written in turns: other work passes in between', async () => {
  const { url, rpc, close } = await catalogOverHttp();
  for (let i = 0; i < 5_000; i += 1) {
    const Service = create(NodeService, { ID: `web-${i}`, Service: 'web', Port: 80, Tags: ['a', 'b'] });
    const request = create(RegisterRequest, {
      Datacenter: 'dc1',
      Node: `n${i}`,
      Address: '10.0.0.1',
      Service,
    });
    await rpc.call('Catalog.Register', request, { authority: everything });
  }
  let turns = 0;
  let isDone = false;
  const count = (): void => {
    turns += 1;
    if (!isDone) setImmediate(count);
  };
  const asked = fetch(`${url}/v1/health/service/web`).then((response) => response.json());
  setImmediate(count);
  expect(await asked).toHaveLength(5_000);
  isDone = true;
  expect(turns).toBeGreaterThan(2);
  await close();
});
