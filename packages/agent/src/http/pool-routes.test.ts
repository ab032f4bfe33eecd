import { afterEach, expect, test } from 'vitest';
import { agentOnFakes, closeAgents, settle } from '../../test/agent-on-fakes.ts';
import { member } from '../../test/fake-gossip.ts';

/**
 * Events, coordinates and keys as a whole agent answers them; the expectations are what curl shows of real Consul
 * 1.8.7.
 */

afterEach(closeAgents);

async function setUp(server = false) {
  const { started, pools, clock } = agentOnFakes({ server, dev: true, ports: { http: 0 } });
  const agent = await started;
  const ask = async (method: string, path: string, body?: string) => {
    const init = body === undefined ? { method } : { method, body };
    const response = await fetch(`${agent.httpAddresses[0]}${path}`, init);
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  const lan = pools.find(({ name }) => name === 'me');
  const wan = pools.find(({ name }) => name === 'me.dc1');
  if (lan === undefined) throw new Error('no LAN was opened');
  return { agent, ask, lan, wan, clock };
}

test.each([
  ['PUT', '/v1/event/fire/', 400, 'Missing name'],
  ['GET', '/v1/event/fire/deploy', 405, 'method GET not allowed'],
  ['PUT', '/v1/event/fire/x?tag=v1', 500, 'Cannot provide tag filter without service filter'],
  ['PUT', '/v1/event/fire/x?dc=dc9', 500, 'No path to datacenter'],
  ['GET', '/v1/event/list?index=abc', 400, 'Invalid index'],
  ['GET', '/v1/event/list?index=18446744073709551616', 400, 'Invalid index'],
  ['GET', '/v1/event/list?wait=abc', 400, 'Invalid wait time'],
  ['PUT', '/v1/event/list', 405, 'method PUT not allowed'],
  ['GET', '/v1/coordinate/node/none', 404, ''],
  ['GET', '/v1/coordinate/node/', 404, ''],
  ['GET', '/v1/coordinate/nodes?dc=dc9', 500, 'No path to datacenter'],
  ['GET', '/v1/coordinate/nodes?index=x', 400, 'Invalid index'],
  ['GET', '/v1/coordinate/node/me?wait=x', 400, 'Invalid wait time'],
  ['GET', '/v1/coordinate/nodes?max_stale=5', 400, 'Invalid max_stale value "5"'],
  [
    'GET',
    '/v1/coordinate/nodes?stale&consistent',
    400,
    'Cannot specify ?stale with ?consistent, conflicting semantics.',
  ],
  [
    'GET',
    '/v1/coordinate/node/me?max_stale=5s&consistent',
    400,
    'Cannot specify ?stale with ?consistent, conflicting semantics.',
  ],
  [
    'GET',
    '/v1/coordinate/nodes?cached&consistent',
    400,
    'Cannot specify ?cached with ?consistent, conflicting semantics.',
  ],
  ['PUT', '/v1/coordinate/node/me', 405, 'method PUT not allowed'],
  ['GET', '/v1/operator/keyring', 500, 'keyring operations must run against a server node'],
  [
    'GET',
    '/v1/operator/keyring?local-only=x',
    400,
    'Bad request: Error parsing local-only: strconv.ParseBool: parsing "x": invalid syntax',
  ],
  [
    'GET',
    '/v1/operator/keyring?relay-factor=9',
    400,
    'Bad request: Invalid relay-factor: Relay factor must be in range: [0, 5]',
  ],
  [
    'GET',
    '/v1/operator/keyring?relay-factor=-1',
    400,
    'Bad request: Invalid relay-factor: Relay factor must be in range: [0, 5]',
  ],
  [
    'GET',
    '/v1/operator/keyring?relay-factor=x',
    400,
    'Bad request: Error parsing relay factor: strconv.Atoi: parsing "x": invalid syntax',
  ],
  [
    'GET',
    '/v1/operator/keyring?relay-factor=9223372036854775808',
    400,
    'Bad request: Error parsing relay factor: strconv.Atoi: parsing "9223372036854775808": value out of range',
  ],
  ['POST', '/v1/operator/keyring', 400, 'Bad request: Request decode failed: EOF'],
  ['PATCH', '/v1/operator/keyring', 405, 'method PATCH not allowed'],
])('%s %s is refused', async (method, path, status, text) => {
  const { ask } = await setUp();
  const answer = await ask(method, path);
  expect([answer.status, answer.text]).toEqual([status, text]);
});

test('methods are listed in the order of Consul; events are taken by POST as well', async () => {
  const { ask, lan } = await setUp();
  const allow = async (path: string) => (await ask('OPTIONS', path)).headers.get('allow');
  expect(await allow('/v1/operator/keyring')).toBe('OPTIONS,GET,POST,PUT,DELETE');
  expect(await allow('/v1/event/fire/x')).toBe('OPTIONS,PUT,POST');
  expect((await ask('POST', '/v1/event/fire/posted', 'x')).status).toBe(200);
  expect(lan.calls).toContain('user-event consul:event:posted');
});

test('local-only changes nothing but lists', async () => {
  const { ask } = await setUp(true);
  const { status, text } = await ask('POST', '/v1/operator/keyring?local-only=true', '{"Key":"x"}');
  expect([status, text]).toEqual([
    400,
    'Bad request: Invalid use of local-only: local-only can only be set for list requests',
  ]);
});

test.each([
  ['{', 'unexpected EOF'],
  ['zz', "invalid character 'z' looking for beginning of value"],
  ['[1]', 'json: cannot unmarshal array into Go value of type agent.keyringArgs'],
  [
    '{"KEY":"x","Key":2}',
    'json: cannot unmarshal number into Go struct field keyringArgs.Key of type string',
  ],
])('a body that holds no key is refused as by Consul: %s', async (body, text) => {
  const { ask } = await setUp();
  const answer = await ask('PUT', '/v1/operator/keyring', body);
  expect([answer.status, answer.text]).toEqual([400, `Bad request: Request decode failed: ${text}`]);
});

test('a body with an unknown field is refused; null has none', async () => {
  const { ask } = await setUp();
  const refused = await ask('PUT', '/v1/operator/keyring', '{"Key":"x","Keyring":"y"}');
  expect([refused.status, refused.text]).toEqual([
    400,
    'Bad request: Request decode failed: json: unknown field "Keyring"',
  ]);
  const taken = await ask('PUT', '/v1/operator/keyring', 'null');
  expect([taken.status, taken.text]).toEqual([500, 'keyring operations must run against a server node']);
});

test('a key is taken from the body whatever the case of its field, and the answer is empty', async () => {
  const { ask, lan, wan } = await setUp(true);
  const asked: unknown[] = [];
  const report = { nodes: 1, responded: 1, failed: 0, missedBy: [], messages: {}, keys: {}, primaryKeys: {} };
  for (const pool of [lan, wan]) {
    if (pool !== undefined) {
      pool.keys = {
        ...pool.keys,
        install: async (key) => {
          asked.push(`${pool.name} ${String(key)}`);
          return report;
        },
      };
    }
  }
  const { status, text } = await ask('POST', '/v1/operator/keyring', '{"key":"abc="}');
  expect([status, text]).toEqual([200, '']);
  expect(asked.toSorted()).toEqual(['me abc=', 'me.dc1 abc=']);
});

test('a change of the keys that failed members missed is a success that names them', async () => {
  const { ask, lan, wan } = await setUp(true);
  const report = { nodes: 1, responded: 1, failed: 0, messages: {}, keys: {}, primaryKeys: {} };
  lan.keys = { ...lan.keys, use: async () => ({ ...report, missedBy: ['db-2'] }) };
  if (wan !== undefined) wan.keys = { ...wan.keys, use: async () => ({ ...report, missedBy: [] }) };
  const { status, text } = await ask('PUT', '/v1/operator/keyring', '{"Key":"abc="}');
  expect(status).toBe(200);
  expect(JSON.parse(text)).toEqual({
    MissedBy: [{ WAN: false, Datacenter: 'dc1', Count: 1, Members: ['db-2'] }],
  });
});

test('a body that is too large is refused where it is read, and the connection serves on', async () => {
  const { ask } = await setUp();
  const large = 'x'.repeat(512 * 1024 + 1);
  const refused = await ask('PUT', '/v1/event/fire/large', large);
  expect([refused.status, refused.text]).toEqual([413, 'Request body is too large']);
  const unread = await ask('PUT', '/v1/event/fire/', large);
  expect([unread.status, unread.text]).toEqual([400, 'Missing name']);
  expect((await ask('PUT', '/v1/event/fire/small', 'x')).status).toBe(200);
});

test('a name may have slashes and spaces, the body is the payload', async () => {
  const { ask } = await setUp();
  const { text } = await ask('PUT', '/v1/event/fire/a/b%20c?node=^you$', 'abc');
  expect(JSON.parse(text)).toMatchObject({
    Name: 'a/b c',
    Payload: 'YWJj',
    NodeFilter: '^you$',
    LTime: 0,
  });
  expect((await ask('GET', '/v1/event/list')).text).toBe('[]\n');
});

test('a blocking query returns when an event comes, then when the time is over', async () => {
  const { ask, clock } = await setUp();
  const empty = await ask('GET', '/v1/event/list?name=deploy');
  expect([empty.text, empty.headers.get('x-consul-index')]).toEqual(['[]\n', '1']);
  const waiting = ask('GET', '/v1/event/list?name=deploy&index=1');
  await ask('PUT', '/v1/event/fire/other');
  await ask('PUT', '/v1/event/fire/deploy');
  const { text, headers } = await waiting;
  expect(JSON.parse(text)).toMatchObject([{ Name: 'deploy', LTime: 7 }]);
  const index = headers.get('x-consul-index');
  const pendingCount = clock.pendingCount;
  const again = ask('GET', `/v1/event/list?name=deploy&index=${index}&wait=10s`);
  while (clock.pendingCount === pendingCount) await settle();
  clock.advance(10_000);
  expect((await again).headers.get('x-consul-index')).toBe(index);
});

test('a query with a negative wait waits for the default time, as in Consul', async () => {
  const { ask, clock } = await setUp();
  const pendingCount = clock.pendingCount;
  const waiting = ask('GET', '/v1/event/list?index=1&wait=-1s');
  while (clock.pendingCount === pendingCount) await settle();
  clock.advance(299_999);
  await settle();
  expect(clock.pendingCount).toBe(pendingCount + 1);
  clock.advance(1);
  expect((await waiting).text).toBe('[]\n');
});

test('closing the agent answers waiting requests', async () => {
  const { agent, ask, clock } = await setUp();
  const pendingCount = clock.pendingCount;
  const waiting = ask('GET', '/v1/event/list?index=1&wait=10m');
  while (clock.pendingCount === pendingCount) await settle();
  await agent.close();
  expect((await waiting).text).toBe('[]\n');
});

test('a client that goes away frees its wait', async () => {
  const { agent, clock } = await setUp();
  const pendingCount = clock.pendingCount;
  const gone = new AbortController();
  const waiting = fetch(`${agent.httpAddresses[0]}/v1/event/list?index=1`, { signal: gone.signal });
  waiting.catch(() => undefined);
  while (clock.pendingCount === pendingCount) await settle();
  gone.abort();
  while (clock.pendingCount !== pendingCount) await settle();
  await expect(waiting).rejects.toThrow();
});

const coordinate = { vec: [0, 0, 0, 0, 0, 0, 0, 0], error: 1.5, height: 0.00001, adjustment: 0 };
const record = { Vec: coordinate.vec, Error: 1.5, Adjustment: 0, Height: 0.00001 };
const row = { Node: 'located', Segment: '', Coord: record };

test('a client answers the coordinates that members reported, of all that have not left', async () => {
  const { ask, lan } = await setUp();
  lan.appear(member('located'));
  lan.appear(member('silent'));
  lan.appear(member('left', { status: 'left' }));
  for (const name of ['located', 'left']) lan.coordinates.set(name, coordinate);
  const { text, headers } = await ask('GET', '/v1/coordinate/nodes');
  expect(JSON.parse(text)).toEqual([row]);
  expect(headers.get('x-consul-knownleader')).toBe('false');
  expect(JSON.parse((await ask('GET', '/v1/coordinate/node/located')).text)).toEqual([row]);
  // Consul knows no case in names, and answers with the one that was asked for.
  const asked = await ask('GET', '/v1/coordinate/node/LOCATED?segment=');
  expect(JSON.parse(asked.text)).toEqual([{ ...row, Node: 'LOCATED' }]);
  expect((await ask('GET', '/v1/coordinate/nodes?segment=x')).text).toBe('[]\n');
  expect((await ask('GET', '/v1/coordinate/node/located?segment=x')).status).toBe(404);
});

test('a server answers the coordinates of its catalog, and those of the WAN', async () => {
  const { ask, lan, wan, clock } = await setUp(true);
  lan.appear(member('located', { tags: { role: 'node', dc: 'dc1' } }));
  lan.coordinates.set('located', coordinate);
  wan?.appear(member('far.dc2', { tags: { dc: 'dc2' } }));
  wan?.coordinates.set('far.dc2', coordinate);
  await settle();
  for (const durationMs of [1_000, 5_000]) {
    clock.advance(durationMs);
    await settle();
  }
  const { text, headers } = await ask('GET', '/v1/coordinate/nodes');
  expect(JSON.parse(text)).toEqual([row]);
  expect(headers.get('x-consul-knownleader')).toBe('true');
  expect(JSON.parse((await ask('GET', '/v1/coordinate/datacenters')).text)).toEqual([
    { Datacenter: 'dc1', AreaID: 'wan', Coordinates: [] },
    { Datacenter: 'dc2', AreaID: 'wan', Coordinates: [{ Node: 'far', Segment: '', Coord: record }] },
  ]);
});

test.each(['nodes?stale&consistent', 'nodes?index=x', 'node/none'])(
  'a coordinate request that is refused before it is asked, or finds nothing, %s, has no headers about the leader',
  async (target) => {
    const { agent } = await setUp();
    const url = `${agent.httpAddresses[0]}/v1/coordinate/${target}`;
    const { status, headers } = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
    expect(status).toBeGreaterThanOrEqual(400);
    expect([...headers.keys()].filter((name) => name.startsWith('x-consul-'))).toEqual([]);
  },
);

test('who asks for gzip and finds no coordinate gets the headers about the leader, as in Consul', async () => {
  const { agent } = await setUp();
  const { status, headers } = await fetch(`${agent.httpAddresses[0]}/v1/coordinate/node/none`, {
    headers: { 'accept-encoding': 'gzip' },
  });
  expect(status).toBe(404);
  expect(headers.get('x-consul-index')).toBe('1');
});

test('a client has no catalog, and its routes say so as a real one without servers does', async () => {
  const { ask } = await setUp();
  for (const path of ['catalog/nodes', 'health/service/web', 'internal/ui/services', 'status/leader']) {
    const { status, text } = await ask('GET', `/v1/${path}`);
    expect({ path, status, text }).toEqual({ path, status: 500, text: 'No known Consul servers' });
  }
  expect(await ask('PUT', '/v1/coordinate/update', '{}')).toMatchObject({
    status: 500,
    text: 'No known Consul servers',
  });
});
