import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AgentError } from '../errors.ts';
import { type ConfigFile, parseConfigFiles, parseConfigFilesInTurns } from './parse-files.ts';

const file = (value: unknown, path = 'a.json'): ConfigFile => ({ path, text: JSON.stringify(value) });

function failure(...files: readonly ConfigFile[]): AgentError {
  try {
    parseConfigFiles(files);
  } catch (error) {
    if (error instanceof AgentError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('settings become options', () => {
  const options = parseConfigFiles([
    file({
      server: true,
      datacenter: 'DC7',
      bind_addr: '10.0.0.1',
      client_addr: '0.0.0.0',
      ports: { http: 80, serf_wan: -1 },
      retry_join: ['10.0.0.2'],
      retry_interval: '5s',
      retry_join_wan: ['10.1.0.2'],
      gossip_lan: { probe_interval: '2s' },
      reconnect_timeout: '8h',
      http_config: { response_headers: { 'X-A': 'b' }, block_endpoints: ['/v1/agent/leave'] },
      log_level: 'warn',
    }),
  ]);
  expect(options).toEqual({
    server: true,
    datacenter: 'DC7',
    bindAddress: '10.0.0.1',
    clientAddress: '0.0.0.0',
    ports: { http: 80, serfWan: -1 },
    lanJoin: { retryJoin: ['10.0.0.2'], retryIntervalMs: 5_000 },
    wanJoin: { retryJoin: ['10.1.0.2'] },
    lanTiming: { probeIntervalMs: 2_000, reconnectTimeoutMs: 28_800_000 },
    http: { responseHeaders: { 'X-A': 'b' }, blockEndpoints: ['/v1/agent/leave'] },
    log: { level: 'warn' },
  });
});

test('later files override values, append to lists and add to maps', () => {
  const options = parseConfigFiles([
    file({ node_name: 'a', retry_join: ['x'], node_meta: { rack: '1', row: '1' }, ports: { http: 1 } }),
    file({ node_name: 'b', retry_join: ['y'], node_meta: { rack: '2' }, ports: { dns: 2 } }, 'b.json'),
  ]);
  expect(options).toEqual({
    nodeName: 'b',
    lanJoin: { retryJoin: ['x', 'y'] },
    nodeMeta: { rack: '2', row: '1' },
    ports: { http: 1, dns: 2 },
    withoutEffect: ['ports.dns'],
  });
});

test('keys match in any case and null stands for absent, as in Consul', () => {
  expect(parseConfigFiles([file({ DataCenter: 'dc9', server: null, ports: null })])).toEqual({
    datacenter: 'dc9',
  });
});

test('an empty file and null say nothing', () => {
  expect(
    parseConfigFiles([
      { path: 'a', text: '' },
      { path: 'b', text: 'null' },
    ]),
  ).toEqual({});
});

test('every fault of every file is reported at once, in the words of Consul 1.8.7', () => {
  const error = failure(
    file({ foo: 1, ports: { http: 'abc', htp: 1 }, server: 1, datacenter: 5, retry_join: ['a', 1] }),
    file({ retry_join: 'a', ports: [], retry_interval: 'abc', bar: {} }, 'b.json'),
    { path: 'c.json', text: '[]' },
    { path: 'd.json', text: '{bad' },
  );
  expect(error.code).toBe('AGENT_CONFIG');
  expect(error.problems.slice(0, -1)).toEqual([
    'a.json: invalid config key foo',
    `a.json: 'ports.http' expected type 'int', got unconvertible type 'string' ("abc")`,
    'a.json: invalid config key ports.htp (did you mean ports.http?)',
    `a.json: 'server' expected type 'bool', got unconvertible type 'float64' (1)`,
    `a.json: 'datacenter' expected type 'string', got unconvertible type 'float64' (5)`,
    `a.json: 'retry_join[1]' expected type 'string', got unconvertible type 'float64' (1)`,
    `b.json: 'retry_join': source data must be an array or slice, got string ("a")`,
    `b.json: 'ports' expected a map, got 'slice' ([])`,
    'b.json: invalid config key bar',
    'b.json: retry_interval: invalid duration: "abc": expected a Go duration like "30s" or "1h30m"',
    'c.json: expected a JSON object, got an array',
  ]);
  expect(error.problems.at(-1)).toMatch(/^d\.json:\d+:\d+: not valid JSON: /);
  expect(error.message).toMatch(/^12 errors occurred:\n\t\* a\.json: invalid config key foo\n/);
});

test('a JSON file of blanks alone is no configuration', () => {
  expect(failure({ path: 'a.json', text: ' \n' }).message).toBe(
    'a.json:2:1: not valid JSON: the text ends too early',
  );
});

test('a byte order mark is skipped, and a fault in JSON has its line and column', () => {
  expect(parseConfigFiles([{ path: 'a.json', text: '\ufeff{"node_name": "a"}' }])).toEqual({ nodeName: 'a' });
  const problemOf = (text: string): unknown => {
    try {
      return parseConfigFiles([{ path: 'a.json', text }]);
    } catch (error) {
      return error instanceof Error && error.message;
    }
  };
  expect(problemOf('\ufeff{\n  "server": true\n  "node_name": "a"\n}')).toBe(
    'a.json:3:3: not valid JSON: expected , or }',
  );
  expect(problemOf('{"server": tru')).toBe('a.json:1:12: not valid JSON: expected a value');
  expect(problemOf('\ufffd\ufffd{\u0000}\u0000')).toBe(
    'a.json: not valid JSON: the file is not written in UTF-8',
  );
});

test.each([
  [{ check_output_max_size: 0 }, 'check_output_max_size must be positive, to discard check output use the'],
  [{ performance: { raft_multiplier: 11 } }, 'performance.raft_multiplier cannot be 11. Must be between 1'],
  [{ performance: { raft_multiplier: 0 } }, 'performance.raft_multiplier cannot be 0. Must be between 1 and'],
  [{ dns_config: { a_record_limit: -1 } }, 'dns_config.a_record_limit cannot be -1. Must be greater than'],
  [{ dns_config: { udp_answer_limit: -1 } }, 'dns_config.udp_answer_limit cannot be -1. Must be greater'],
  [{ autopilot: { max_trailing_logs: -1 } }, 'autopilot.max_trailing_logs cannot be -1. Must be greater'],
  [{ cache: { entry_fetch_max_burst: 0 } }, 'cache.entry_fetch_max_burst must be strictly positive, was: 0'],
  [{ cache: { entry_fetch_rate: -1 } }, 'cache.entry_fetch_rate must be strictly positive, was: -1'],
  [{ ports: { sidecar_min_port: 30000 } }, 'sidecar_min_port must be less than sidecar_max_port. To disable'],
  [{ ports: { expose_min_port: 30000 } }, 'expose_min_port must be less than expose_max_port. To disable'],
])('a number that Consul 1.8.7 refuses is refused in its words: %j', (value, sentence) => {
  const error = failure(file(value));
  expect(error.code).toBe('AGENT_CONFIG');
  expect(error.message).toContain(`a.json: ${sentence}`);
});

test.each([
  ['retry_interval', ''],
  ['dns_config.node_ttl', 'abc'],
  ['autopilot.last_contact_threshold', '200'],
])('a text that is no duration is refused for every key that Consul 1.8.7 parses: %s = %j', (path, text) => {
  const [name = '', inner] = path.split('.');
  const error = failure(file({ [name]: inner === undefined ? text : { [inner]: text } }));
  expect(error.message).toContain(`a.json: ${path}: invalid duration: "${text}"`);
});

test('the numbers at the ends of what Consul 1.8.7 allows are allowed', () => {
  const ends = {
    check_output_max_size: 1,
    performance: { raft_multiplier: 10 },
    dns_config: { a_record_limit: 0, udp_answer_limit: 0 },
    ports: { sidecar_min_port: 0, expose_min_port: 21_755 },
    cache: { entry_fetch_max_burst: 1, entry_fetch_rate: 0.1 },
  };
  expect(() => parseConfigFiles([file(ends)])).not.toThrow();
});

test.each([
  [{ acl: { enabled: true } }, 'acl.enabled'],
  [{ acl_datacenter: 'dc1' }, 'acl_datacenter'],
  [{ verify_incoming_rpc: true }, 'verify_incoming_rpc'],
  [{ verify_server_hostname: true }, 'verify_server_hostname'],
  [{ verify_outgoing: true }, 'verify_outgoing'],
  [{ auto_encrypt: { tls: true } }, 'auto_encrypt.tls'],
  [{ http_config: { allow_write_http_from: ['127.0.0.0/8'] } }, 'http_config.allow_write_http_from'],
  [{ segment: 'alpha' }, 'segment'],
])('protection we do not have refuses to start: %j', (value, path) => {
  const error = failure(file(value));
  expect(error.code).toBe('AGENT_PROTECTION');
  expect(error.message).toMatch(`a.json: ${path} asks for `);
});

test('TLS of the HTTPS API is read from its keys', () => {
  const given = {
    ports: { https: 8501 },
    addresses: { https: '127.0.0.1' },
    limits: { https_handshake_timeout: '2s' },
    cert_file: '/agent.pem',
    key_file: '/agent.key',
    ca_file: '/ca.pem',
    ca_path: '/ca.d',
    verify_incoming: true,
    verify_incoming_https: false,
    tls_min_version: 'tls13',
    tls_cipher_suites: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    tls_prefer_server_cipher_suites: true,
  };
  expect(parseConfigFiles([file(given)])).toEqual({
    ports: { https: 8501 },
    addresses: { https: '127.0.0.1' },
    http: { handshakeTimeoutMs: 2_000 },
    tls: {
      certFile: '/agent.pem',
      keyFile: '/agent.key',
      caFile: '/ca.pem',
      caPath: '/ca.d',
      verifyIncoming: true,
      verifyIncomingHttps: false,
      minVersion: 'tls13',
      cipherSuites: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      prefersServerCipherSuites: true,
    },
  });
});

test('protection that is switched off is no reason to refuse', () => {
  const off = {
    acl: { enabled: false, default_policy: 'deny' },
    verify_outgoing: false,
    segments: [],
  };
  expect(parseConfigFiles([file(off)])).toEqual({});
});

test('known keys whose feature comes later are accepted and named', () => {
  const options = parseConfigFiles([
    file({
      ui: true,
      dns_config: { allow_stale: true },
      connect: { enabled: true },
    }),
  ]);
  expect(options.withoutEffect).toEqual(['ui', 'dns_config.allow_stale', 'connect.enabled']);
});

test('a port on which nothing listens yet is named, unless it is switched off', () => {
  const options = parseConfigFiles([
    file({ ports: { dns: 8600, grpc: -1 }, addresses: { dns: '127.0.0.1' } }),
  ]);
  expect(options.withoutEffect).toEqual(['ports.dns', 'addresses.dns']);
});

test('whatever a file holds, the answer is options or an AgentError', () => {
  const keys = fc.constantFrom(
    'ports',
    'server',
    'acl',
    'retry_join',
    'node_meta',
    '__proto__',
    'constructor',
    'x',
  );
  fc.assert(
    fc.property(fc.dictionary(keys, fc.jsonValue()), (value) => {
      try {
        parseConfigFiles([file(value)]);
      } catch (error) {
        expect(error).toBeInstanceOf(AgentError);
      }
    }),
  );
  fc.assert(
    fc.property(fc.string(), (text) => {
      try {
        parseConfigFiles([{ path: 'f', text }]);
      } catch (error) {
        expect(error).toBeInstanceOf(AgentError);
      }
    }),
  );
});

test('definitions of files are appended, in each file the lists first', () => {
  const { definitions } = parseConfigFiles([
    file({ service: { name: 'two' }, services: [{ name: 'one', kind: 'odd', check: { ttl: '1s' } }] }),
    file({ check: { name: 'c2' }, checks: [{ id: 'c1', service_id: 'one' }], service: { name: 'three' } }),
  ]);
  const Weights = { Passing: 1, Warning: 1 };
  expect(definitions).toEqual({
    services: [
      { Name: 'one', Kind: '', Weights, Checks: [{ TTL: '1s' }] },
      { Name: 'two', Weights },
      { Name: 'three', Weights },
    ],
    checks: [{ Name: '', ID: 'c1', ServiceID: 'one' }, { Name: 'c2' }],
  });
});

test('a file with very many faults names the first hundred', () => {
  const { message, problems } = failure(file({ retry_join: Array.from({ length: 150_000 }, () => 1) }));
  expect(problems).toHaveLength(150_000);
  const lines = message.split('\n');
  expect(lines[0]).toBe('150000 errors occurred:');
  expect(lines[100]).toMatch(/^\t\* a\.json: 'retry_join\[99\]' expected type 'string'/);
  expect(lines.slice(101)).toEqual(['\t* and 149900 more', '']);
});

test.each(['[', '{"a":'])('a value of %s nested too deeply is refused', (open) => {
  const close = open === '[' ? ']' : '}';
  const text = (depth: number): string =>
    `{"connect":{"ca_config":{"x":${open.repeat(depth)}1${close.repeat(depth)}}}}`;
  expect(failure({ path: 'a.json', text: text(300_000) }).message).toBe(
    'a.json: nested deeper than 500 levels',
  );
  expect(() => parseConfigFiles([{ path: 'a.json', text: text(497) }])).not.toThrow();
});

test('in turns files mean the same, and the event loop serves others between them', async () => {
  const files = Array.from({ length: 640 }, (_, i) => file({ retry_join: [`10.0.0.${i}`] }));
  let turnsCount = 0;
  let isDone = false;
  const turn = (): void => {
    turnsCount += 1;
    if (!isDone) setImmediate(turn);
  };
  setImmediate(turn);
  const options = await parseConfigFilesInTurns(files);
  isDone = true;
  expect(options).toEqual(parseConfigFiles(files));
  expect(turnsCount).toBeGreaterThanOrEqual(10);
  const wrong = file({ nosuch: 1 });
  await expect(parseConfigFilesInTurns([wrong])).rejects.toEqual(failure(wrong));
});

test('null in a list is called by its name', () => {
  expect(failure(file({ services: [null] })).message).toBe(
    "a.json: 'services[0]' expected a map, got 'nil' (null)",
  );
});
