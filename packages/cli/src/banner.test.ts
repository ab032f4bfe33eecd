import { type AgentOptions, resolveAgentOptions } from '@hobnob/agent';
import { expect, test } from 'vitest';
import { formatBanner } from './banner.ts';

const host = { hostname: 'vm', privateIpv4: [], publicIpv6: [] };
const nodeId = '612f956b-f6fe-40b3-acd0-5d2162e140d9';

function banner(options: AgentOptions): string {
  return formatBanner({
    config: resolveAgentOptions(options, host),
    nodeId,
    version: 'v0.1.0 (speaks Consul 1.8.7)',
  });
}

test('a development agent is introduced as Consul introduces one', () => {
  expect(banner({ dev: true, bindAddress: '127.25.0.9', clientAddress: '127.25.0.9' })).toBe(
    [
      '==> Starting Consul agent...',
      "           Version: 'v0.1.0 (speaks Consul 1.8.7)'",
      "           Node ID: '612f956b-f6fe-40b3-acd0-5d2162e140d9'",
      "         Node name: 'vm'",
      "        Datacenter: 'dc1' (Segment: '<all>')",
      '            Server: true (Bootstrap: false)',
      '       Client Addr: [127.25.0.9] (HTTP: 8500, HTTPS: -1, gRPC: -1, DNS: -1)',
      '      Cluster Addr: 127.25.0.9 (LAN: 8301, WAN: 8302)',
      '           Encrypt: Gossip: false, TLS-Outgoing: false, TLS-Incoming: false, Auto-Encrypt-TLS: false',
      '',
      '==> Log data will now stream in as it occurs:',
      '',
      '',
    ].join('\n'),
  );
});

test('a client has no segment, lists its client addresses and says that gossip is encrypted', () => {
  const text = banner({
    dataDir: 'data',
    bindAddress: '127.25.0.9',
    clientAddress: '127.25.0.9 127.25.0.10',
    encrypt: 'pUqJrVyVRj5jsiYEkM/tFQYfWyJIv4s3XkvDwy7Cu5s=',
  });
  expect(text).toContain("Datacenter: 'dc1' (Segment: '')\n            Server: false (Bootstrap: false)\n");
  expect(text).toContain(
    'Client Addr: [127.25.0.9 127.25.0.10] (HTTP: 8500, HTTPS: -1, gRPC: -1, DNS: -1)\n',
  );
  expect(text).toContain('Encrypt: Gossip: true, ');
});

test('no line names a port without a listener', () => {
  const client = banner({ dataDir: 'data', bindAddress: '127.25.0.9', clientAddress: 'unix:///run/h.sock' });
  expect(client).toContain('Client Addr: [unix:///run/h.sock] (HTTP: -1, HTTPS: -1, gRPC: -1, DNS: -1)\n');
  expect(client).toContain('Cluster Addr: 127.25.0.9 (LAN: 8301, WAN: -1)\n');
});
