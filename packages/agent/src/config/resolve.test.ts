import { describe, expect, test } from 'vitest';
import { AgentError } from '../errors.ts';
import type { AgentOptions } from '../options.ts';
import type { HostFacts } from './host-facts.ts';
import { resolveAgentOptions } from './resolve.ts';

const host: HostFacts = { hostname: 'box', privateIpv4: ['10.0.0.7'], publicIpv6: [] };
const resolve = (options: AgentOptions, facts = host) =>
  resolveAgentOptions({ dataDir: '/data', ...options }, facts);

function problems(options: AgentOptions, facts = host): readonly string[] {
  try {
    resolve(options, facts);
  } catch (error) {
    if (error instanceof AgentError && error.code === 'AGENT_CONFIG') return error.problems;
    throw error;
  }
  return [];
}

test('a client has the defaults of Consul', () => {
  expect(resolve({})).toMatchObject({
    server: false,
    nodeName: 'box',
    datacenter: 'dc1',
    bindAddress: '0.0.0.0',
    advertiseAddress: '10.0.0.7',
    clientAddresses: ['127.0.0.1'],
    http: { listeners: [{ kind: 'tcp', protocol: 'http', host: '127.0.0.1', port: 8500 }] },
    ports: { http: 8500, https: -1, dns: 8600, grpc: -1, serfLan: 8301, serfWan: 8302, server: 8300 },
    leaveOnTerminate: true,
    skipLeaveOnInterrupt: false,
    lanTiming: { reconnectTimeoutMs: 259_200_000 },
    logLevel: 'info',
    warnings: [],
  });
});

test('the ports of sidecars are a range, and 0 turns them off', () => {
  expect(resolve({}).sidecarPorts).toEqual({ min: 21_000, max: 21_255 });
  expect(resolve({ sidecarPorts: { max: 0 } }).sidecarPorts).toEqual({ min: 21_000, max: 0 });
  expect(problems({ sidecarPorts: { min: 30_000 } })).toEqual([
    'sidecar_min_port must be less than sidecar_max_port. To disable, set both to zero.',
  ]);
});

test('a server stays in the pool on signals', () => {
  expect(resolve({ server: true })).toMatchObject({ leaveOnTerminate: false, skipLeaveOnInterrupt: true });
});

test('a development agent is a server on loopback with fast timings and no data directory', () => {
  expect(resolveAgentOptions({ dev: true }, host)).toMatchObject({
    server: true,
    dataDir: '',
    bindAddress: '127.0.0.1',
    advertiseAddress: '127.0.0.1',
    ports: { grpc: 8502 },
    logLevel: 'debug',
    lanTiming: { probeIntervalMs: 100, probeTimeoutMs: 100, gossipIntervalMs: 100, suspicionMult: 3 },
    wanTiming: { probeIntervalMs: 100, probeTimeoutMs: 100, gossipIntervalMs: 100, suspicionMult: 3 },
  });
});

test('the configuration is frozen', () => {
  expect(Object.isFrozen(resolve({}))).toBe(true);
});

test('a name in upper case is a datacenter in lower case', () => {
  expect(resolve({ datacenter: 'DC2' }).datacenter).toBe('dc2');
});

test.each<[AgentOptions, string]>([
  [
    { dataDir: '' },
    'data_dir cannot be empty: name a directory with -data-dir, or start with -dev to keep nothing',
  ],
  [{ datacenter: '' }, 'datacenter cannot be empty'],
  [{ datacenter: 'DC_2!' }, 'datacenter cannot be "dc_2!". Please use only [a-z0-9-_]'],
  [{ nodeId: 'foo' }, 'node_id "foo" is not a UUID: expected 36 characters like those uuidgen prints'],
  [{ bindAddress: 'nonsense' }, 'bind_addr: invalid ip address: nonsense'],
  [{ clientAddress: 'nonsense' }, 'client_addr: invalid ip address: nonsense'],
  [
    { bindAddress: '10.0.0.1 10.0.0.2' },
    "bind_addr cannot contain multiple addresses. Use 'addresses.{dns,http,https}' instead: 10.0.0.1 10.0.0.2",
  ],
  [{ advertiseAddress: '0.0.0.0' }, 'Advertise address cannot be 0.0.0.0, :: or [::]'],
  [
    { bindAddress: '[::]' },
    'No public IPv6 address found: name the one to announce with bind_addr or advertise_addr',
  ],
  [{ bootstrapExpect: 3 }, "'bootstrap_expect > 0' requires 'server = true'"],
  [{ bootstrap: true }, "'bootstrap = true' requires 'server = true'"],
  [
    { bootstrapExpect: -3, server: true },
    'bootstrap_expect cannot be -3. Must be greater than or equal to zero',
  ],
  [{ dev: true, bootstrapExpect: 3 }, "'bootstrap_expect > 0' not allowed in dev mode"],
  [{ ports: { server: 99_999 } }, 'ports.server: invalid port: 99999 (allowed: 0 to 65535)'],
  [{ ports: { http: 70_000 } }, 'ports.http: invalid port: 70000 (allowed: -1 for off, 0 to 65535)'],
  [{ serfLanAllowedCidrs: ['foo'] }, 'serf_lan_allowed_cidrs: invalid cidr: foo (like 10.0.0.0/8)'],
  [
    { log: { level: 'bogus' } },
    'Invalid log level: bogus. Valid log levels are: [TRACE DEBUG INFO WARN ERR ERROR]',
  ],
  [{ encrypt: 'Zm9v' }, 'encrypt has invalid key: key size must be 16, 24 or 32 bytes, this one has 3'],
  [{ encrypt: 'foo' }, 'encrypt has invalid key: it is not base64; make one with `keygen`'],
  [{ addresses: { dns: 'unix:///x' } }, 'addresses.dns: "unix:///x" cannot be a unix socket'],
  [
    { nodeMeta: { 'consul-foo': 'x' } },
    "node_meta invalid: Couldn't load metadata pair ('consul-foo', 'x'): Key prefix 'consul-' is reserved for internal use",
  ],
  [
    { wanJoin: { retryJoin: ['10.0.0.1'] } },
    "Must be a server to join WAN cluster: remove the WAN addresses, or set 'server = true'",
  ],
])('%j is refused: %s', (options, sentence) => {
  expect(problems(options)).toEqual([sentence]);
});

test('several private addresses need a choice', () => {
  expect(problems({}, { ...host, privateIpv4: ['10.0.0.7', '192.168.1.2'] })).toEqual([
    "Multiple private IPv4 addresses found. Please configure one with 'bind' and/or 'advertise': 10.0.0.7, 192.168.1.2",
  ]);
});

test('all problems come together', () => {
  expect(problems({ dataDir: '', datacenter: '', ports: { http: -9, dns: 1e6 } })).toHaveLength(3);
});

test('the encryption key is never shown', () => {
  expect(JSON.stringify(problems({ encrypt: 'c2VjcmV0' }))).not.toContain('c2VjcmV0');
});

test.each<[AgentOptions, readonly string[]]>([
  [
    { nodeName: 'bad.name' },
    [
      'Node name "bad.name" will not be discoverable via DNS due to invalid characters. Valid characters include all alpha-numerics and dashes.',
    ],
  ],
  [{ server: true, bootstrap: true }, ['bootstrap = true: do not enable unless necessary']],
  [
    { server: true, bootstrapExpect: 1 },
    [
      'BootstrapExpect is set to 1; this is the same as Bootstrap mode.',
      'bootstrap = true: do not enable unless necessary',
    ],
  ],
  [{ server: true, bootstrapExpect: 3 }, ['bootstrap_expect > 0: expecting 3 servers']],
  [
    { withoutEffect: ['ui', 'check_reap_interval'] },
    ['"ui" is accepted but has no effect yet', '"check_reap_interval" is accepted but has no effect yet'],
  ],
  [
    { checks: { allowsScripts: true } },
    [
      expect.stringContaining(
        'using enable-script-checks without ACLs and without allow_write_http_from is DANGEROUS',
      ),
    ],
  ],
  [{ checks: { allowsLocalScripts: true } }, []],
])('%j warns', (options, warnings) => {
  expect(resolve(options).warnings).toEqual(warnings);
});

test('HTTP listens on every client address and on sockets', () => {
  const { http } = resolve({
    clientAddress: '127.0.0.1 [::1]',
    addresses: { http: '10.0.0.1 unix:///run/a.sock' },
  });
  expect(http.listeners).toEqual([
    { kind: 'tcp', protocol: 'http', host: '10.0.0.1', port: 8500 },
    { kind: 'unix', protocol: 'http', path: '/run/a.sock' },
  ]);
  expect(resolve({ clientAddress: '127.0.0.1 [::1]', ports: { http: -1 } }).http.listeners).toEqual([]);
});

test.each([
  [
    { services: [{ Name: 'w', Weights: { Passing: 0, Warning: 1 } }] },
    'Invalid weight definition for service w: Passing must be greater than 0',
  ],
  [
    { services: [{ Name: 'w', Meta: { 'a b': 'c' } }] },
    "invalid meta for service w: Couldn't load metadata pair ('a b', 'c'): Key contains invalid characters",
  ],
  [
    { services: [{ Name: 'w', Connect: { SidecarService: { ID: 'x' } } }] },
    "sidecar_service can't specify an ID",
  ],
  [
    { services: [{ Name: 'w', Connect: { SidecarService: { Connect: { sidecar_service: {} } } } }] },
    "sidecar_service can't have a nested sidecar_service",
  ],
  [{ services: [{ Name: 'w', Proxy: { MeshGateway: { Mode: 'zz' } } }] }, 'Invalid Mesh Gateway Mode: "zz"'],
  [
    { services: ['web'] },
    'definitions.services[0] is "web"; allowed: an object of the HTTP API such as { Name: "web" }',
  ],
])('definitions %j are refused before the start', (definitions, problem) => {
  // A caller without TypeScript may pass anything.
  expect(problems({ definitions } as AgentOptions)).toEqual([problem]);
});

test.each([
  [{}, { allowsScripts: false, allowsLocalScripts: false }],
  [{ allowsScripts: true }, { allowsScripts: true, allowsLocalScripts: true }],
  [
    { allowsScripts: true, allowsLocalScripts: false },
    { allowsScripts: true, allowsLocalScripts: false },
  ],
  [{ allowsLocalScripts: true }, { allowsScripts: false, allowsLocalScripts: true }],
])('of %j scripts are allowed as Consul allows them', (checks, allowed) => {
  expect(resolve({ checks }).checks).toMatchObject(allowed);
});

describe('templates', () => {
  const up = ['up', 'broadcast', 'multicast'] as const;
  const machine: HostFacts = {
    ...host,
    interfaces: [
      { name: 'lo', address: '127.0.0.1', prefixBits: 8, flags: ['up', 'loopback'] },
      { name: 'eth0', address: '10.0.0.7', prefixBits: 8, flags: up },
      { name: 'eth1', address: '192.168.1.2', prefixBits: 24, flags: up },
      { name: 'eth1', address: '192.168.1.3', prefixBits: 24, flags: up },
    ],
    defaultInterface: 'eth0',
  };
  const eth1 = '{{ GetInterfaceIP "eth1" }}';
  const both = '{{ GetInterfaceIPs "eth1" }}';

  test('stand for addresses in every key of addresses', () => {
    const config = resolve(
      {
        server: true,
        bindAddress: '{{ GetPrivateIP }}',
        advertiseAddress: eth1,
        advertiseAddressWan: '{{ GetDefaultInterfaces | math "address" "+1" | attr "address" }}',
        serfLanAddress: eth1,
        serfWanAddress: '{{ "127.0.0.1" }}',
        clientAddress: `127.0.0.1 ${both}`,
        lanJoin: { retryJoin: ['a', both], startJoin: [eth1, ''] },
        wanJoin: { retryJoin: ['{{ GetInterfaceIP "none" }}', `${eth1}:8302`] },
      },
      machine,
    );
    expect(config).toMatchObject({
      bindAddress: '10.0.0.7',
      advertiseAddress: '192.168.1.2',
      advertiseAddressWan: '10.0.0.8',
      serfLanAddress: '192.168.1.2',
      serfWanAddress: '127.0.0.1',
      clientAddresses: ['127.0.0.1', '192.168.1.2', '192.168.1.3'],
      lanJoin: { retryJoin: ['a', '192.168.1.2', '192.168.1.3'], startJoin: ['192.168.1.2'] },
      wanJoin: { retryJoin: ['192.168.1.2:8302'] },
    });
    expect(resolve({ addresses: { http: both } }, machine).http.listeners).toEqual([
      { kind: 'tcp', protocol: 'http', host: '192.168.1.2', port: 8500 },
      { kind: 'tcp', protocol: 'http', host: '192.168.1.3', port: 8500 },
    ]);
  });

  test('that find nothing leave a key to its default, as an empty text does', () => {
    for (const nothing of ['{{ GetInterfaceIP "none" }}', '']) {
      const config = resolve(
        {
          bindAddress: '10.0.0.7',
          advertiseAddress: nothing,
          advertiseAddressWan: nothing,
          serfLanAddress: nothing,
          serfWanAddress: nothing,
          addresses: { http: nothing, dns: nothing, grpc: nothing },
        },
        machine,
      );
      expect(config).toMatchObject({
        advertiseAddress: '10.0.0.7',
        advertiseAddressWan: '10.0.0.7',
        serfLanAddress: '10.0.0.7',
        serfWanAddress: '10.0.0.7',
        http: { listeners: [{ kind: 'tcp', host: '127.0.0.1', port: 8500 }] },
      });
      expect(problems({ bindAddress: nothing, clientAddress: nothing }, machine)).toEqual([
        'bind_addr cannot be empty',
        'client_addr cannot be empty',
      ]);
    }
  });

  test.each<[AgentOptions, string]>([
    [{ advertiseAddress: both }, 'advertise_addr: multiple addresses found: 192.168.1.2 192.168.1.3'],
    [{ serfLanAddress: '{{ "unix:///x" }}' }, 'serf_lan cannot be a unix socket'],
    [{ advertiseAddress: '{{ "0.0.0.0" }}' }, 'Advertise address cannot be 0.0.0.0, :: or [::]'],
    [
      { bindAddress: '{{ GetFoo }}' },
      'bind_addr: error parsing "{{ GetFoo }}": function "GetFoo" not defined',
    ],
    [
      { clientAddress: '{{ GetFoo }}' },
      'client_addr: error parsing "{{ GetFoo }}": function "GetFoo" not defined',
    ],
    [
      { addresses: { grpc: '{{ GetFoo }}' } },
      'addresses.grpc: error parsing "{{ GetFoo }}": function "GetFoo" not defined',
    ],
    [
      { lanJoin: { retryJoin: ['{{ GetFoo }}'] } },
      'retry_join: error parsing "{{ GetFoo }}": function "GetFoo" not defined',
    ],
    [
      { server: true, wanJoin: { startJoin: ['{{ GetFoo }}'] } },
      'start_join_wan: error parsing "{{ GetFoo }}": function "GetFoo" not defined',
    ],
  ])('%j are refused: %s', (options, sentence) => {
    expect(problems(options, machine)).toEqual([sentence]);
  });
});
