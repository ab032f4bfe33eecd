import { describe, expect, test } from 'vitest';
import { parseServiceFiles } from './service-files.ts';

/** Compared with what the command of Consul 1.8.7 sends for the same files. */

function parse(...values: readonly unknown[]) {
  return parseServiceFiles(values.map((value, i) => ({ path: `${i}.json`, text: JSON.stringify(value) })));
}
const Weights = { Passing: 1, Warning: 1 };

describe('service definitions in files', () => {
  test('become what the HTTP API takes', () => {
    const service = {
      name: 'web',
      id: 'web1',
      port: 80,
      tags: ['a', 'b'],
      meta: { Any_Key: 'v' },
      weights: { passing: 3 },
      tagged_addresses: { lan: { address: '1.2.3.4', port: 5 } },
      enable_tag_override: true,
      check: {
        id: 'wc',
        http: 'http://x/',
        interval: '1m',
        tls_skip_verify: true,
        deregister_critical_service_after: '90m',
        success_before_passing: 3,
      },
    };
    expect(parse({ service, node_name: 'passed over' })).toEqual([
      {
        Name: 'web',
        ID: 'web1',
        Port: 80,
        Tags: ['a', 'b'],
        Meta: { Any_Key: 'v' },
        Weights: { Passing: 3, Warning: 1 },
        TaggedAddresses: { lan: { Address: '1.2.3.4', Port: 5 } },
        EnableTagOverride: true,
        Checks: [
          {
            CheckID: 'wc',
            HTTP: 'http://x/',
            Interval: '1m',
            TLSSkipVerify: true,
            DeregisterCriticalServiceAfter: '90m',
            SuccessBeforePassing: 3,
          },
        ],
      },
    ]);
  });

  test('are in the order of Consul: of each file the list, then the single one', () => {
    const files = [
      { service: { name: 'three' }, services: [{ name: 'one' }, { Name: 'two' }] },
      {},
      { SERVICE: { name: 'four', port: null } },
    ];
    expect(parse(...files)).toEqual(['one', 'two', 'three', 'four'].map((Name) => ({ Name, Weights })));
  });

  test('have one list of checks, the single one last', () => {
    const service = {
      name: 'k',
      check: { ttl: '2s' },
      checks: [{ args: ['x'], interval: '1s', docker_container_id: 'd' }],
    };
    expect(parse({ service })).toEqual([
      {
        Name: 'k',
        Weights,
        Checks: [{ ScriptArgs: ['x'], Interval: '1s', DockerContainerID: 'd' }, { TTL: '2s' }],
      },
    ]);
  });

  test('may have a sidecar, a proxy and its configuration, whose keys are kept', () => {
    const proxy = {
      upstreams: [{ destination_name: 'db', local_bind_port: 1 }],
      config: { any_key: { x: [1] } },
    };
    const service = { name: 'k', connect: { sidecar_service: { port: 9, proxy } } };
    expect(parse({ service })).toEqual([
      {
        Name: 'k',
        Weights,
        Connect: {
          SidecarService: {
            Port: 9,
            Proxy: {
              Upstreams: [{ DestinationName: 'db', LocalBindPort: 1 }],
              Config: { any_key: { x: [1] } },
            },
          },
        },
      },
    ]);
  });

  test('without a name are the agent’s to refuse', () => {
    expect(parse({ service: { port: 1 } })).toEqual([{ Name: '', Port: 1, Weights }]);
  });
});

test.each([
  [{ service: { nam: 'x' } }, '0.json: invalid config key service.nam (did you mean service.name?)'],
  [
    { service: { name: 'x', na_me: 'y' } },
    '0.json: invalid config key service.na_me (did you mean service.name?)',
  ],
  [
    { service: { EnableTagOverride: true } },
    '0.json: invalid config key service.EnableTagOverride (did you mean service.enable_tag_override?)',
  ],
  [
    { service: { check: { script_args: ['x'] } } },
    '0.json: invalid config key service.check.script_args (did you mean service.check.args?)',
  ],
  [{ services: [{ check: { check_id: 'x' } }] }, '0.json: invalid config key services[0].check.check_id'],
  [{ bogus: 1 }, '0.json: invalid config key bogus'],
  [
    { service: { port: '1' } },
    `0.json: 'service.port' expected type 'int', got unconvertible type 'string' ("1")`,
  ],
  [
    { service: { tags: 'x' } },
    `0.json: 'service.tags': source data must be an array or slice, got string ("x")`,
  ],
  [{ service: [] }, "0.json: 'service' expected a map, got 'slice' ([])"],
  [{ service: { check: 'x' } }, `0.json: 'service.check' expected a map, got 'string' ("x")`],
  [
    { service: { meta: { a: 1 } } },
    "0.json: 'service.meta[a]' expected type 'string', got unconvertible type 'float64' (1)",
  ],
  [
    { service: { enable_tag_override: 'true' } },
    `0.json: 'service.enable_tag_override' expected type 'bool', got unconvertible type 'string' ("true")`,
  ],
  [
    { service: { check: { ttl: 5 } } },
    "0.json: 'service.check.ttl' expected type 'string', got unconvertible type 'float64' (5)",
  ],
  [
    { service: { check: { ttl: 'x' } } },
    '0.json: service.check.ttl: invalid duration: "x": time: invalid duration "x"',
  ],
  [
    { service: { foo: 1, bar: 2 } },
    '2 errors occurred:\n\t* 0.json: invalid config key service.foo\n\t* 0.json: invalid config key service.bar\n',
  ],
])('%j is refused with the key and the reason', (file, message) => {
  expect(() => parse(file)).toThrow(expect.objectContaining({ code: 'AGENT_CONFIG', message }));
});
