import type { AgentMember } from '@hobnob/catalog/records';
import { expect, test } from 'vitest';
import { noPoolPorts } from '../../test/no-pool-ports.ts';
import { recordingLogger } from '../../test/recording-logger.ts';
import type { AgentPort } from '../agent-port.ts';
import { AgentError } from '../errors.ts';
import { buildServer } from './server.ts';

/** The expectations are what curl shows of real Consul 1.8.7. */

const memberRecord: AgentMember = {
  Name: 's1',
  Addr: '10.0.0.1',
  Port: 8301,
  Tags: { build: '1.8.7:', dc: 'dc1' },
  Status: 1,
  ProtocolMin: 1,
  ProtocolMax: 5,
  ProtocolCur: 2,
  DelegateMin: 2,
  DelegateMax: 5,
  DelegateCur: 4,
};
const memberJson =
  '{"Name":"s1","Addr":"10.0.0.1","Port":8301,"Tags":{"build":"1.8.7:","dc":"dc1"},"Status":1,' +
  '"ProtocolMin":1,"ProtocolMax":5,"ProtocolCur":2,"DelegateMin":2,"DelegateMax":5,"DelegateCur":4}';

interface Over {
  readonly agent?: Partial<AgentPort>;
  readonly dev?: boolean;
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly blockEndpoints?: readonly string[];
}

function setUp({ agent = {}, dev = false, responseHeaders = {}, blockEndpoints = [] }: Over = {}) {
  const calls: string[] = [];
  const { lines, ...logger } = recordingLogger();
  const port: AgentPort = {
    self: () => ({
      Config: {
        Datacenter: 'dc1',
        NodeName: 's1',
        NodeID: 'id',
        Revision: '',
        Server: true,
        Version: '1.8.7',
      },
      DebugConfig: { ClientAddrs: ['127.0.0.1'], DevMode: false },
      Coord: null,
      Member: memberRecord,
      Stats: { build: { version: '1.8.7' } },
      Meta: { 'consul-network-segment': '' },
    }),
    members: (pool) => (pool === 'lan' ? [memberRecord] : undefined),
    join: async (address, { pool }) => void calls.push(`join ${pool} ${address}`),
    leave: async () => void calls.push('leave'),
    reload: async () => void calls.push('reload'),
    ...noPoolPorts,
    forceLeave: async (node, { prune }) => void calls.push(`force-leave ${node}${prune ? ' prune' : ''}`),
    ...agent,
  };
  const app = buildServer({
    agent: port,
    config: { dev, http: { responseHeaders, blockEndpoints, valueBytesMax: 524_288, txnBytesMax: 524_288 } },
    logger,
  });
  return { app, calls, lines };
}

test('members are JSON in one line, without a charset', async () => {
  const { app } = setUp();
  const answer = await app.inject('/v1/agent/members');
  expect(answer.statusCode).toBe(200);
  expect(answer.headers).toMatchObject({ 'content-type': 'application/json', vary: 'Accept-Encoding' });
  expect(answer.body).toBe(`[${memberJson}]`);
});

test('?pretty, even ?pretty=false, indents by four and ends the line', async () => {
  const { app } = setUp();
  for (const query of ['pretty', 'pretty=false']) {
    const { body } = await app.inject(`/v1/agent/members?${query}`);
    expect(body).toMatch(/^\[\n {4}\{\n {8}"Name": "s1",\n[\s\S]*\n\]\n$/);
  }
});

test('in dev mode every answer is pretty', async () => {
  const { app } = setUp({ dev: true });
  expect((await app.inject('/v1/agent/members')).body).toMatch(/^\[\n {4}\{/);
});

test('the WAN of a client is null; ?wan without a value is the LAN', async () => {
  const { app } = setUp();
  const wan = await app.inject('/v1/agent/members?wan=1');
  expect([wan.statusCode, wan.body, wan.headers['content-type']]).toEqual([200, 'null', 'application/json']);
  expect((await app.inject('/v1/agent/members?wan')).body).toBe(`[${memberJson}]`);
  expect((await app.inject('/v1/agent/members?segment=x')).body).toBe(`[${memberJson}]`);
});

test('self has the groups of Consul, in its order', async () => {
  const { app } = setUp();
  const body: unknown = (await app.inject('/v1/agent/self')).json();
  expect(Object.keys(body as object)).toEqual(['Config', 'DebugConfig', 'Coord', 'Member', 'Stats', 'Meta']);
  expect(body).toMatchObject({
    Config: { NodeName: 's1', Server: true },
    DebugConfig: { ClientAddrs: ['127.0.0.1'], DevMode: false },
    Stats: { build: { version: '1.8.7' } },
    Meta: { 'consul-network-segment': '' },
  });
});

test('joins, leaves and force-leaves reach the agent and answer with nothing', async () => {
  const { app, calls } = setUp();
  for (const url of [
    '/v1/agent/join/10.0.0.1',
    '/v1/agent/join/10.0.0.1?wan=1',
    '/v1/agent/join/10.0.0.1?wan',
    '/v1/agent/join/s1%2F10.0.0.1',
    '/v1/agent/force-leave/c%201',
    '/v1/agent/force-leave/c1?prune',
    '/v1/agent/force-leave/',
    '/v1/agent/leave',
    '/v1/agent/reload',
  ]) {
    const answer = await app.inject({ method: 'PUT', url });
    expect([answer.statusCode, answer.body, answer.headers['content-length']]).toEqual([200, '', '0']);
    expect(answer.headers['content-type']).toBeUndefined();
  }
  expect(calls).toEqual([
    'join lan 10.0.0.1',
    'join wan 10.0.0.1',
    'join lan 10.0.0.1',
    'join lan s1/10.0.0.1',
    'force-leave c 1',
    'force-leave c1 prune',
    'force-leave ',
    'leave',
    'reload',
  ]);
});

test('a node name of 2,000 characters is no problem', async () => {
  const { app, calls } = setUp();
  await app.inject({ method: 'PUT', url: `/v1/agent/force-leave/${'n'.repeat(2_000)}` });
  expect(calls[0]).toHaveLength('force-leave '.length + 2_000);
});

test.each([
  ['nothing', undefined, undefined],
  ['broken JSON', '{bad', 'application/json'],
  ['an empty body that claims to be JSON', '', 'application/json'],
  ['text without a type', 'x', undefined],
  ['a malformed type', 'x', 'foo'],
])('a body may be %s', async (_what, payload, type) => {
  const { app } = setUp();
  const answer = await app.inject({
    method: 'PUT',
    url: '/v1/agent/leave',
    ...(payload === undefined ? {} : { payload }),
    headers: type === undefined ? {} : { 'content-type': type },
  });
  expect(answer.statusCode).toBe(200);
});

test.each([
  ['POST', '/v1/agent/members', 'OPTIONS,GET'],
  ['PUT', '/v1/agent/self', 'OPTIONS,GET'],
  ['PATCH', '/v1/agent/self', 'OPTIONS,GET'],
  ['GET', '/v1/agent/leave', 'OPTIONS,PUT'],
  ['GET', '/v1/agent/reload', 'OPTIONS,PUT'],
  ['POST', '/v1/agent/join/x', 'OPTIONS,PUT'],
  ['DELETE', '/v1/agent/force-leave/x', 'OPTIONS,PUT'],
] as const)('%s %s is not allowed', async (method, url, allow) => {
  const { app, lines } = setUp();
  const answer = await app.inject({ method, url });
  expect(answer.statusCode).toBe(405);
  expect(answer.headers).toMatchObject({ allow, 'content-type': 'text/plain; charset=utf-8' });
  expect(answer.body).toBe(`method ${method} not allowed`);
  expect(lines[0]).toContain(`ERROR root: Request error {"method":"${method}","url":"${url}"`);
});

test('HEAD is refused like any other method, and OPTIONS lists the allowed ones', async () => {
  const { app } = setUp();
  const head = await app.inject({ method: 'HEAD', url: '/v1/agent/members' });
  expect([head.statusCode, head.headers['content-length']]).toEqual([405, '23']);
  const options = await app.inject({ method: 'OPTIONS', url: '/v1/agent/members' });
  expect([options.statusCode, options.headers['allow'], options.body]).toEqual([200, 'OPTIONS,GET', '']);
});

test.each([
  '/nope',
  '/v1',
  '/v1/',
  '/v1/agent',
  '/v1/agent/',
  '/v1/agent/self/',
  '/V1/agent/members',
  '/v1/agent/nope',
])('%s is unknown: 404 without a word', async (url) => {
  const { app } = setUp();
  const answer = await app.inject(url);
  expect([answer.statusCode, answer.body, answer.headers['content-length']]).toEqual([404, '', '0']);
  expect(answer.headers['vary']).toBeUndefined();
});

test('the root says what it is', async () => {
  const { app } = setUp();
  const answer = await app.inject('/');
  expect([answer.statusCode, answer.body]).toEqual([200, 'Consul Agent']);
  const put = await app.inject({ method: 'PUT', url: '/?a=1' });
  expect([put.statusCode, put.body]).toEqual([200, 'Consul Agent']);
  expect((await app.inject({ method: 'HEAD', url: '/' })).statusCode).toBe(200);
});

test.each([
  [
    'GET',
    '//v1/agent/members',
    '/v1/agent/members',
    '<a href="/v1/agent/members">Moved Permanently</a>.\n\n',
  ],
  [
    'GET',
    '/v1//agent/members?pretty',
    '/v1/agent/members?pretty',
    '<a href="/v1/agent/members?pretty">Moved Permanently</a>.\n\n',
  ],
  ['PUT', '/v1/agent/join', '/v1/agent/join/', ''],
  ['PUT', '/v1/agent/force-leave?prune', '/v1/agent/force-leave/?prune', ''],
] as const)('%s %s is redirected to %s', async (method, url, location, body) => {
  const { app, calls } = setUp();
  const answer = await app.inject({ method, url });
  expect([answer.statusCode, answer.headers['location'], answer.body, calls]).toEqual([
    301,
    location,
    body,
    [],
  ]);
});

test('a target that cannot be decoded is a bad request', async () => {
  const { app } = setUp();
  const answer = await app.inject({ method: 'PUT', url: '/v1/agent/force-leave/a%zz' });
  expect([answer.statusCode, answer.body]).toEqual([400, '400 Bad Request']);
});

test('what the agent refuses is 500 with its sentence', async () => {
  const forceLeave = async (): Promise<void> => {
    throw new AgentError('AGENT_NO_SUCH_MEMBER', "agent: No node found with name 'x'");
  };
  const { app, lines } = setUp({ agent: { forceLeave } });
  const answer = await app.inject({ method: 'PUT', url: '/v1/agent/force-leave/x' });
  expect([answer.statusCode, answer.body]).toEqual([500, "agent: No node found with name 'x'"]);
  expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  expect(lines[0]).toContain(`"error":"agent: No node found with name 'x'"`);
});

test('a request that ends because the agent leaves is no error of the log', async () => {
  const reload = async (): Promise<void> => {
    throw new AgentError('AGENT_CLOSED', 'the agent is leaving');
  };
  const { app, lines } = setUp({ agent: { reload } });
  const answer = await app.inject({ method: 'PUT', url: '/v1/agent/reload' });
  expect([answer.statusCode, answer.body]).toEqual([500, 'the agent is leaving']);
  expect(lines.filter((line) => line.startsWith('ERROR'))).toEqual([]);
});

test('a bug is logged and not shown', async () => {
  const leave = async (): Promise<void> => {
    throw new TypeError('secret detail');
  };
  const { app } = setUp({ agent: { leave } });
  const answer = await app.inject({ method: 'PUT', url: '/v1/agent/leave' });
  expect([answer.statusCode, answer.body]).toEqual([500, 'internal error: see the log of the agent']);
});

test('blocked endpoints answer 403, and configured headers are on every endpoint', async () => {
  const { app } = setUp({ blockEndpoints: ['/v1/agent/self'], responseHeaders: { 'X-A': 'b' } });
  const blocked = await app.inject('/v1/agent/self');
  expect([blocked.statusCode, blocked.body]).toEqual([403, 'Endpoint is blocked by agent configuration']);
  expect(blocked.headers['x-a']).toBe('b');
  expect((await app.inject('/v1/agent/members')).headers['x-a']).toBe('b');
  expect((await app.inject('/nope')).headers['x-a']).toBeUndefined();
});

test.each(['/v1/%61gent/self', '/%761/agent/self', '/v1/agen%74%2Fself'])(
  'a blocked endpoint is not reached by percent signs: %s',
  async (url) => {
    const { app } = setUp({ blockEndpoints: ['/v1/agent'] });
    const { statusCode } = await app.inject(url);
    expect(statusCode).toBeGreaterThanOrEqual(403);
  },
);

test('a slash in a name is one of the path, as in Go', async () => {
  const { app } = setUp();
  const { statusCode, headers } = await app.inject('/v1/catalog/node/a%2F%2Fb?x');
  expect([statusCode, headers['location']]).toEqual([301, '/v1/catalog/node/a/b?x']);
});

test('a path with unprintable characters is refused without a body, whether it exists or not', async () => {
  const { app, calls } = setUp();
  for (const url of ['/v1/agent/force-leave/a%0Ab', '/nowhere/%00']) {
    const { statusCode, body, headers } = await app.inject({ method: 'PUT', url });
    expect([statusCode, body, headers['content-type']]).toEqual([400, '', undefined]);
  }
  expect(calls).toEqual([]);
});

test('a query that cannot be decoded is refused; real Consul answers 500 without a body', async () => {
  const { app } = setUp();
  const { statusCode, body } = await app.inject('/v1/agent/members?wan=%zz');
  expect([statusCode, body]).toEqual([400, 'The query cannot be decoded']);
});

test('JSON is written so that no browser finds tags in it, as Go does', async () => {
  const record = { ...memberRecord, Tags: { t: '<a href="x">&\u2028\u2029' } };
  const { app } = setUp({ agent: { members: () => [record] } });
  for (const url of ['/v1/agent/members', '/v1/agent/members?pretty']) {
    const { body } = await app.inject(url);
    expect(body).toContain('\\u003ca href=\\"x\\"\\u003e\\u0026\\u2028\\u2029');
    expect(JSON.parse(body)).toEqual([record]);
  }
});

test('a redirect of a GET shows its link as Go writes it', async () => {
  const { app } = setUp();
  const { statusCode, body } = await app.inject('/v1//agent/self?a=1&b=2');
  expect([statusCode, body]).toEqual([
    301,
    '<a href="/v1/agent/self?a=1&amp;b=2">Moved Permanently</a>.\n\n',
  ]);
});
