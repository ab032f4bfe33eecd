import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test, vi } from 'vitest';
import { FakeLocal } from '../../test/fake-local.ts';
import { noPoolPorts } from '../../test/no-pool-ports.ts';
import { recordingLogger } from '../../test/recording-logger.ts';
import type { AgentPort } from '../agent-port.ts';
import { defaultDefinitionSettings } from '../local/definitions/setup.ts';
import { buildServer } from './server.ts';

/** What only the routes do; test/differential compares their answers with a real Consul's. */

const unused = (): never => {
  throw new Error('this test expected no such request');
};

function setUp() {
  const { lines, ...logger } = recordingLogger();
  const local = new FakeLocal();
  const clock = new VirtualClock();
  const closing = new AbortController();
  const agent: AgentPort = {
    self: unused,
    members: unused,
    join: unused,
    leave: unused,
    reload: unused,
    forceLeave: unused,
    ...noPoolPorts,
    local,
    localSetup: {
      settings: defaultDefinitionSettings,
      log: logger.child({ component: 'agent' }),
      clock,
      closing: closing.signal,
    },
  };
  const app = buildServer({
    agent,
    config: {
      dev: false,
      http: { responseHeaders: {}, blockEndpoints: [], valueBytesMax: 524_288, txnBytesMax: 524_288 },
    },
    logger: logger.child({ component: 'agent.http' }),
  });
  const get = (url: string, headers: Readonly<Record<string, string>> = {}) => app.inject({ url, headers });
  const put = (url: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
    app.inject({
      method: 'PUT',
      url,
      headers,
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
  return { local, clock, closing, lines, get, put };
}

const register = '/v1/agent/service/register';

test('checks carry when they ran, when they changed and what they were, in the times of Go', async () => {
  const { local, get, put } = setUp();
  local.nowMs = Date.UTC(2026, 10, 29, 1, 2, 3, 450);
  await put('/v1/agent/check/register', { Name: 'c', TTL: '1m' });
  const check = async () => (await get('/v1/agent/checks')).json().c;
  expect(await check()).toEqual({
    Node: 's1',
    CheckID: 'c',
    Name: 'c',
    Status: 'critical',
    Notes: '',
    Output: '',
    ServiceID: '',
    ServiceName: '',
    ServiceTags: [],
    Type: 'ttl',
    Definition: {},
    CreateIndex: 0,
    ModifyIndex: 0,
    LastChangeTime: '2026-11-29T01:02:03.45Z',
    Transitions: [],
  });
  local.nowMs = Date.UTC(2026, 10, 29, 1, 2, 30);
  await put('/v1/agent/check/pass/c?note=ok');
  expect(await check()).toMatchObject({
    LastCheckTime: '2026-11-29T01:02:30Z',
    LastChangeTime: '2026-11-29T01:02:30Z',
    Transitions: [{ Time: '2026-11-29T01:02:30Z', Status: 'passing', Output: 'ok' }],
  });
});

test('filters do not see the fields that Consul lacks', async () => {
  const { get, put } = setUp();
  await put('/v1/agent/check/register', { Name: 'c', TTL: '1m' });
  const { statusCode, body } = await get('/v1/agent/checks?filter=Transitions+is+empty');
  expect([statusCode, body]).toEqual([400, 'Selector "Transitions" is not valid']);
});

test('a token comes in the query, in the header of Consul or as a bearer, in this order', async () => {
  const { local, put } = setUp();
  await put(`${register}?token=a`, { Name: 'w' }, { 'x-consul-token': 'b', authorization: 'Bearer c' });
  await put(register, { Name: 'w' }, { 'x-consul-token': 'b', authorization: 'Bearer c' });
  await put(register, { Name: 'w' }, { authorization: 'bearer c' });
  await put(register, { Name: 'w' }, { authorization: 'Basic c' });
  expect(local.seen.map(({ token }) => token)).toEqual(['a', 'b', 'c', '']);
});

test('a sidecar is registered after its service, with its own token when it has one', async () => {
  const { local, put } = setUp();
  await put(`${register}?token=a`, { Name: 'v', Connect: { SidecarService: {} } });
  await put(`${register}?token=a`, { Name: 'w', Connect: { SidecarService: { Token: 's' } } });
  expect([...local.services().keys()]).toEqual(['v', 'v-sidecar-proxy', 'w', 'w-sidecar-proxy']);
  expect(local.seen.map(({ token }) => token)).toEqual(['a', 'a', 'a', 's']);
});

test('two sidecars whose registrations overlap get different ports', async () => {
  const { local, put } = setUp();
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let waiting = 0;
  local.beforeStore = () => {
    waiting += 1;
    return gate;
  };
  const both = ['a', 'b'].map((Name) => put(register, { Name, Connect: { SidecarService: {} } }));
  await vi.waitUntil(() => waiting === 2);
  open();
  await Promise.all(both);
  const ports = ['a', 'b'].map((name) => local.services().get(`${name}-sidecar-proxy`)?.Port);
  expect(ports.toSorted()).toEqual([21_000, 21_001]);
});

test('what a refused registration of a sidecar would have changed stays as it was', async () => {
  const { local, put } = setUp();
  const sidecar = { Check: { Args: ['true'], Interval: '1s' } };
  expect((await put(register, { Name: 'w', Connect: { SidecarService: sidecar } })).statusCode).toBe(500);
  expect(local.services().size).toBe(0);
});

test('only no value and `true` replace the checks', async () => {
  const { local, put } = setUp();
  for (const query of [
    '',
    '?replace-existing-checks',
    '?replace-existing-checks=true',
    '?replace-existing-checks=1',
  ]) {
    await put(`${register}${query}`, { Name: 'w' });
  }
  expect(local.seen).toMatchObject(
    [false, true, true, false].map((replaceExistingChecks) => ({ replaceExistingChecks })),
  );
});

test('warnings about definitions and unknown services are in the log of the agent', async () => {
  const { lines, put } = setUp();
  await put(register, { Name: 'we/b' });
  expect((await put('/v1/agent/service/deregister/nope')).statusCode).toBe(200);
  expect(lines.filter((line) => line.startsWith('WARN agent: '))).toEqual([
    'WARN agent: Service name will not be discoverable via DNS due to invalid characters. Valid characters include ' +
      'all alpha-numerics and dashes. {"service":"we/b"}',
    expect.stringContaining('WARN agent: Failed to deregister service {"service":"nope"'),
  ]);
});

test('a service waits for another hash, and is answered when it changes', async () => {
  const { local, get, put } = setUp();
  await put(register, { Name: 'w', Port: 1 });
  const first = await get('/v1/agent/service/w');
  const hash = first.headers['x-consul-contenthash'];
  expect(first.json().ContentHash).toBe(hash);
  expect(hash).toMatch(/^[\da-f]{1,16}$/);
  const waiting = get(`/v1/agent/service/w?hash=${hash}&wait=1m`);
  await vi.waitUntil(() => local.listenersOf('w') === 1);
  // The same again is no change.
  await put(register, { Name: 'w', Port: 1 });
  await vi.waitUntil(() => local.listenersOf('w') === 1);
  await put(register, { Name: 'w', Port: 2 });
  const answer = await waiting;
  expect(answer.json()).toMatchObject({ Port: 2 });
  expect(answer.headers['x-consul-contenthash']).not.toBe(hash);
  expect(local.listenersOf('w')).toBe(0);
});

test('a wait for another hash ends with its time, and with its service', async () => {
  const { local, clock, get, put } = setUp();
  await put(register, { Name: 'w' });
  const hash = (await get('/v1/agent/service/w')).headers['x-consul-contenthash'];
  const timed = get(`/v1/agent/service/w?hash=${hash}&wait=16s`);
  await vi.waitUntil(() => local.listenersOf('w') === 1);
  clock.advance(17_000);
  expect((await timed).json()).toMatchObject({ ContentHash: hash });
  const removed = get(`/v1/agent/service/w?hash=${hash}`);
  await vi.waitUntil(() => local.listenersOf('w') === 1);
  await put('/v1/agent/service/deregister/w');
  expect(await removed).toMatchObject({ statusCode: 404, body: 'unknown service ID: w' });
  expect(local.listenersOf('w')).toBe(0);
});

test('an agent that closes answers those who wait for another hash with what is', async () => {
  const { local, closing, get, put } = setUp();
  await put(register, { Name: 'w' });
  const hash = (await get('/v1/agent/service/w')).headers['x-consul-contenthash'];
  const waiting = [1, 2].map(() => get(`/v1/agent/service/w?hash=${hash}&wait=10m`));
  await vi.waitUntil(() => local.listenersOf('w') === 2);
  closing.abort();
  for (const answer of await Promise.all(waiting)) expect(answer.json()).toMatchObject({ ContentHash: hash });
  expect((await get(`/v1/agent/service/w?hash=${hash}&wait=10m`)).statusCode).toBe(200);
  expect(local.listenersOf('w')).toBe(0);
});

test('another hash, and none, do not wait', async () => {
  const { get, put } = setUp();
  await put(register, { Name: 'w' });
  expect((await get('/v1/agent/service/w?hash=x&wait=1m')).statusCode).toBe(200);
  expect((await get('/v1/agent/service/w?wait=1m')).statusCode).toBe(200);
});

test('the reason of a status is in a header, in the bytes of Go', async () => {
  const { get } = setUp();
  const { headers } = await get('/v1/agent/health/service/id/%C3%BC');
  expect(Buffer.from(String(headers['x-consul-reason']), 'latin1').toString()).toBe('ServiceId ü not found');
});

test('the worst check of service and node decides the status', async () => {
  const { get, put } = setUp();
  await put(register, { Name: 'w', Check: { TTL: '1m', Status: 'passing' } });
  const status = async () => (await get('/v1/agent/health/service/id/w')).statusCode;
  expect(await status()).toBe(200);
  await put('/v1/agent/check/warn/service:w');
  expect(await status()).toBe(429);
  await put('/v1/agent/check/register', { Name: 'node', TTL: '1m' });
  expect(await status()).toBe(503);
  await put('/v1/agent/check/pass/node');
  expect(await status()).toBe(429);
  await put('/v1/agent/maintenance?enable=true');
  const text = await get('/v1/agent/health/service/name/w?format=text');
  expect([text.statusCode, text.body]).toEqual([503, 'maintenance']);
});

test('a definition that would hold up the event loop is refused', async () => {
  const { put } = setUp();
  const body = { Name: 'w', Check: { TTL: '1m', Notes: 'x'.repeat(128 * 1024) } };
  expect(await put(register, body)).toMatchObject({ statusCode: 413, body: 'Request body is too large' });
  expect((await put('/v1/agent/check/register', body)).statusCode).toBe(413);
});

test('the version is the one of Consul that we speak, with who we are as the revision', async () => {
  const { get } = setUp();
  expect((await get('/v1/agent/version')).json()).toEqual({
    SHA: expect.stringMatching(/^hobnob-\d/),
    BuildDate: '',
    HumanVersion: '1.8.7',
    FIPS: '',
  });
});

test('an update of a check may have a long output: its TTL must not lapse for that', async () => {
  const { local, put } = setUp();
  await put('/v1/agent/check/register', { Name: 'c', TTL: '1m' });
  const update = (chars: number) =>
    put('/v1/agent/check/update/c', { Status: 'passing', Output: 'x'.repeat(chars) });
  expect((await update(500_000)).statusCode).toBe(200);
  expect(local.checks().get('c')?.record.Status).toBe('passing');
  expect((await update(600_000)).statusCode).toBe(413);
});
