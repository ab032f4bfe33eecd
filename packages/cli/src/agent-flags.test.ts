import { parseConfigFiles } from '@hobnob/agent';
import { keyRows } from '@hobnob/agent/config-keys';
import { expect, test } from 'vitest';
import { agentFlags, settingFlags, settingsFromFlags } from './agent-flags.ts';

/** The flags of `consul agent -h`, Consul 1.8.7. */
const consulFlags = `advertise advertise-wan allow-write-http-from alt-domain bind bootstrap bootstrap-expect
check_output_max_size client config-dir config-file config-format data-dir datacenter default-query-time dev
disable-host-node-id disable-keyring-file dns-port domain enable-local-script-checks enable-script-checks encrypt
grpc-port hcl http-port https-port join join-wan log-file log-json log-level log-rotate-bytes log-rotate-duration
log-rotate-max-files max-query-time node node-id node-meta non-voting-server pid-file primary-gateway protocol
raft-protocol recursor rejoin retry-interval retry-interval-wan retry-join retry-join-wan retry-max retry-max-wan
segment serf-lan-allowed-cidrs serf-lan-bind serf-lan-port serf-wan-allowed-cidrs serf-wan-bind serf-wan-port
server server-port syslog ui ui-content-path ui-dir`.split(/\s+/);

test('every flag of the real agent is known, and no other', () => {
  expect(agentFlags.map(({ name }) => name).sort()).toEqual(consulFlags.sort());
});

test('flags take the places of their keys in a configuration file', () => {
  const flags = { server: false, 'http-port': 1, 'dns-port': 2, join: ['a', 'b'], 'node-meta': { k: 'v' } };
  expect(settingsFromFlags(flags)).toEqual({
    server: false,
    ports: { http: 1, dns: 2 },
    start_join: ['a', 'b'],
    node_meta: { k: 'v' },
  });
});

const samples = {
  bool: false,
  string: '',
  int: -1,
  uint: 0n,
  duration: 0n,
  list: [],
  pairs: {},
  map: {},
} as const;

const durations = new Set(
  keyRows()
    .filter(({ kind }) => kind === 'duration')
    .map(({ path }) => path),
);

test.each(settingFlags.map((flag) => [flag.name, flag] as const))(
  'the key of -%s exists, with a value of the right kind',
  (name, flag) => {
    // The one number that may not be below zero whatever it is for.
    const value =
      name === 'check_output_max_size' ? 1 : durations.has(flag.path) ? '30s' : samples[flag.kind];
    const text = JSON.stringify(settingsFromFlags({ [name]: value }));
    expect(() => parseConfigFiles([{ path: 'flags', text }])).not.toThrow();
  },
);

test('flags reach the options, and what has no effect is named', () => {
  const text = JSON.stringify(
    settingsFromFlags({ server: true, 'bootstrap-expect': 3, 'retry-join': ['consul1'], ui: true }),
  );
  expect(parseConfigFiles([{ path: 'flags', text }])).toMatchObject({
    server: true,
    bootstrapExpect: 3,
    lanJoin: { retryJoin: ['consul1'] },
    withoutEffect: expect.arrayContaining(['ui']),
  });
});
