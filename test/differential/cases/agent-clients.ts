import { type Case, get, put, type Step } from '../case.ts';

/** Requests as clients in use send them, each after the source of the client. */

const register = (body: unknown, query = ''): Step => put(`/v1/agent/service/register${query}`, body);
const deregister = (id: string): Step => put(`/v1/agent/service/deregister/${id}`);
const registerCheck = (body: unknown): Step => put('/v1/agent/check/register', body);
const read: readonly Step[] = [get('/v1/agent/services'), get('/v1/agent/checks')];
const form = { headers: { 'Content-Type': 'application/x-www-form-urlencoded' } } as const;
const json = { headers: { 'Content-Type': 'application/json' } } as const;

export const agentClientCases: readonly Case[] = [
  {
    name: 'client: the Go API of Consul',
    steps: [
      register(
        {
          ID: 'foo',
          Name: 'foo',
          Tags: ['bar', 'baz'],
          Port: 8000,
          TaggedAddresses: { lan: { Address: '198.18.0.1', Port: 80 } },
          Check: { TTL: '15m' },
          Checks: null,
        },
        '?replace-existing-checks=true',
      ),
      ...read,
      get('/v1/agent/services?filter=foo%20in%20Tags'),
      get('/v1/agent/services?filter=bar%20in%20Tags'),
      get('/v1/agent/service/foo'),
      get('/v1/agent/health/service/id/foo?format=json', { headers: { Accept: 'application/json' } }),
      get('/v1/agent/health/service/name/foo?format=json', { headers: { Accept: 'application/json' } }),
      get('/v1/agent/health/service/id/foo2?format=json', { headers: { Accept: 'application/json' } }),
      get('/v1/agent/health/service/name/foo2?format=json', { headers: { Accept: 'application/json' } }),
      put('/v1/agent/check/update/service:foo', { Status: 'passing', Output: 'ok' }),
      get('/v1/agent/health/service/id/foo?format=json', { headers: { Accept: 'application/json' } }),
      registerCheck({ ID: 'mine', Name: 'mine', ServiceID: 'foo', TTL: '15m', Status: 'warning' }),
      get('/v1/agent/checks?filter=ServiceID==foo'),
      put('/v1/agent/service/maintenance/foo?enable=true&reason=broken'),
      ...read,
      put('/v1/agent/service/maintenance/foo?enable=false'),
      put('/v1/agent/maintenance?enable=true&reason=broken'),
      get('/v1/agent/checks'),
      put('/v1/agent/maintenance?enable=false'),
      deregister('foo'),
      ...read,
    ],
  },
  {
    name: 'client: a newer Go API, with fields that 1.8.7 lacks',
    steps: [
      register({ Name: 'foo', Port: 1, SocketPath: '/x', Check: null, Checks: null }),
      register({ Name: 'foo', Partition: 'default' }),
      register({ Name: 'foo', Namespace: 'default' }),
      register({ Name: 'foo', Locality: { Region: 'x' } }),
      register({ Name: 'foo', Check: { TTL: '1m', FailuresBeforeWarning: 2 } }),
      register({ Name: 'foo', Check: { TCP: 'x:1', TCPUseTLS: true, Interval: '1h' } }),
      register({ Name: 'foo', Check: { HTTP: 'http://x', DisableRedirects: true, Interval: '1h' } }),
      ...read,
    ],
  },
  {
    name: 'client: python-consul',
    steps: [
      register(
        { name: 'foo', enabletagoverride: true, id: 'foo1', address: '10.10.10.1', port: 8, tags: ['t'] },
        '?token=x',
      ),
      ...read,
      register({ name: 'foo', id: 'foo1', check: { ttl: '10m' } }),
      register({
        name: 'foo',
        id: 'foo2',
        checks: [
          {
            http: 'http://127.0.0.1:1',
            interval: '1h',
            timeout: '1s',
            DeregisterCriticalServiceAfter: '10m',
          },
        ],
      }),
      register({ name: 'app#127.0.0.1#3000' }),
      get('/v1/agent/services'),
      registerCheck({ name: 'check name', ttl: '10m', id: 'check_id', notes: 'foo', serviceid: 'foo1' }),
      registerCheck({ name: 'nobody', ttl: '10m', serviceid: 'nope' }),
      get('/v1/agent/checks'),
      put('/v1/agent/check/pass/check_id?note=all+hunky+dory%21'),
      put('/v1/agent/check/warn/check_id?note=its%20not%20quite%20right&token=x'),
      put('/v1/agent/check/fail/check_id'),
      get('/v1/agent/checks'),
      put('/v1/agent/service/maintenance/foo1?enable=true&reason=test'),
      get('/v1/agent/checks'),
      put('/v1/agent/service/maintenance/foo1?enable=false'),
      put('/v1/agent/check/deregister/check_id'),
      ...['foo1', 'foo2', 'app%23127.0.0.1%233000'].map(deregister),
      ...read,
    ],
  },
  {
    name: 'client: the one of Spring Cloud Consul (ecwid)',
    steps: [
      register(
        {
          ID: 'app-8080',
          Name: 'app',
          Tags: ['secure=false'],
          Address: '10.0.0.7',
          Meta: { secure: 'false' },
          Port: 8080,
          EnableTagOverride: null,
          Check: {
            Interval: '1h',
            HTTP: 'http://10.0.0.7:8080/actuator/health',
            Header: {},
            TTL: null,
            Script: null,
          },
          Checks: null,
        },
        '?token=x',
      ),
      register({
        ID: 'app-8080',
        Name: 'app',
        Tags: [],
        Address: '10.0.0.7',
        Meta: { secure: 'false' },
        Port: 8080,
        Check: {
          Interval: '1h',
          HTTP: 'http://10.0.0.7:8080/actuator/health',
          Header: { A: ['b'] },
          Method: null,
        },
      }),
      ...read,
      get('/v1/agent/services'),
      { ...put('/v1/agent/check/pass/service:app-8080?note=x', ''), ...json },
      put('/v1/agent/service/maintenance/app-8080?enable=true&reason=x%20y', ''),
      get('/v1/agent/checks'),
      put('/v1/agent/service/maintenance/app-8080?enable=false', ''),
      { ...put('/v1/agent/service/deregister/app-8080', ''), ...form },
      ...read,
    ],
  },
  {
    name: 'client: registrator',
    steps: [
      register({
        ID: 'host:web:80',
        Name: 'web',
        Tags: [],
        Port: 80,
        Address: '172.17.0.2',
        Check: { TTL: '1h', Status: 'passing', DeregisterCriticalServiceAfter: '10m' },
        EnableTagOverride: false,
        Checks: null,
      }),
      ...read,
      register({ ID: 'host:web:81', Name: 'web', Check: { Script: 'curl x', Interval: '10s' } }),
      put('/v1/agent/check/update/service:host:web:80', { Status: 'passing', Output: '' }),
      deregister('host:web:80'),
      ...read,
    ],
  },
  {
    name: 'client: node-consul',
    steps: [
      register({ ID: 'n1', Name: 'node', Tags: ['a'], Port: 1, Checks: [{ TTL: '1h' }], Meta: {} }),
      registerCheck({ Name: 'c', TTL: '15s', Notes: 'This is an example check.', Status: 'passing' }),
      registerCheck({
        ID: 'h',
        Name: 'h',
        HTTP: 'http://127.0.0.1:1/',
        Interval: '1h',
        Timeout: '500ms',
        ServiceID: 'n1',
      }),
      ...read,
      put('/v1/agent/check/deregister/c'),
      put('/v1/agent/check/deregister/h'),
      deregister('n1'),
      ...read,
    ],
  },
  {
    name: 'client: ids with characters that a path escapes',
    steps: [
      ...['a b', 'ü', 'a/b', 'a%b', 'a+b', 'a?b', 'a#b', '<x>', "it's", 'a:b', 'a..b'].flatMap((id) => {
        const escaped = encodeURIComponent(id);
        return [
          register({ ID: id, Name: 'odd', Check: { TTL: '1h' } }),
          get(`/v1/agent/service/${escaped}`),
          get(`/v1/agent/health/service/id/${escaped}?format=text`),
          put(`/v1/agent/check/pass/service:${escaped}?note=${escaped}`),
          put(`/v1/agent/service/maintenance/${escaped}?enable=true&reason=${escaped}`),
          get('/v1/agent/checks'),
          deregister(escaped),
        ];
      }),
      ...read,
    ],
  },
  {
    name: 'client: bodies at the edges of JSON',
    steps: [
      ...[
        '{"Name":"web"} x',
        '{"Name":"web"}{"Name":"web2"}',
        '\u00ef\u00bb\u00bf{"Name":"web"}',
        ' ',
        'nul',
        '1',
        'true',
        '"x"',
        '[{}]',
        '{"Name":"web",}',
        "{'Name':'web'}",
        '{"Name":"web","Name":"web2"}',
        '{"NAME":"web","nAmE":"web3"}',
        '{"Name":"w\\u0065b"}',
        '{"Name":"web","Port":1e1}',
        '{"Name":"web","Port":9223372036854775808}',
        '{"Name":"web","Tags":[null]}',
        '{"Name":"web","Meta":{"a":null}}',
        '{"Name":"web","Check":{"TTL":1e10}}',
        '{"Name":"web","Check":{"TTL":"1.5m"}}',
        '{"Name":"web","Check":{"TTL":true}}',
      ].map((body) => register(body)),
      get('/v1/agent/services'),
      ...['web', 'web2', 'web3', 'w%5Cu0065b'].map(deregister),
      ...read,
    ],
  },
  {
    name: 'client: the token in every place',
    steps: [
      get('/v1/agent/services?token=x'),
      get('/v1/agent/services', { headers: { 'X-Consul-Token': 'x' } }),
      get('/v1/agent/checks', { headers: { Authorization: 'Bearer x' } }),
      get('/v1/agent/services?dc=nope&stale&consistent&index=x&wait=y&near=z'),
      get('/v1/agent/checks?dc=nope&stale&consistent&index=x&wait=y'),
      get('/v1/agent/services?pretty'),
      get('/v1/agent/checks?pretty=false'),
    ],
  },
];
