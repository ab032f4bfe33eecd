import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PeerProcess, peerProgramPath } from '../interop/peer-process.ts';
import { LoopbackAddresses } from '../interop/peers.ts';
import { waitUntil } from '../interop/wait-until.ts';
import { HobnobProcess } from '../support/hobnob-process.ts';

/** A directory of configuration files, as the guides of Consul have them, starts both agents, and they know the same. */

const addresses = new LoopbackAddresses(3, 88);
const folder = mkdtempSync(join(tmpdir(), 'hobnob-hcl-directory-'));
const hosts = [addresses.next(), addresses.next()] as const;
const ends: (() => Promise<void>)[] = [];

const files = {
  '10-agent.hcl': `# What all agents of this datacenter have.
datacenter = "ham1"
disable_update_check = true
leave_on_terminate = true

node_meta {
  rack = "r7"
  "power-feed" = "b"
}

performance {
  raft_multiplier = 1
}

telemetry {
  prometheus_retention_time = "24h" # for the scraper
  disable_hostname = true
}
`,
  '20-shop.hcl': `service {
  name = "shop"
  id   = "shop-1"
  port = 8080
  tags = ["blue", "v12"]

  meta {
    version = "12"
    team    = "checkout"
  }

  weights {
    passing = 5
    warning = 1
  }

  tagged_addresses {
    lan { address = "10.0.0.5" port = 8080 }
    wan = { address = "192.0.2.5", port = 80 }
  }

  check {
    id     = "shop-ttl"
    name   = "the shop says so"
    notes  = <<-TEXT
      Ask the checkout team,
        not the others.
      TEXT
    ttl    = "30m"
    status = "passing"
  }

  connect {
    sidecar_service {
      proxy {
        upstreams = [
          {
            destination_name = "stock"
            local_bind_port  = 5001
          },
          {
            destination_name = "mail"
            local_bind_port  = 5002
            config { connect_timeout_ms = 1000 }
          },
        ]

        config {
          protocol = "http"
          one = ["a"]
          two = ["a", "b"]
          nested { inner { list = [1] } }
        }
      }
    }
  }
}
`,
  '30-caches.hcl': `services {
  id = "cache-a"
  name = "cache"
  port = 6379
  checks = [
    { ttl = "30m", status = "passing" },
    { ttl = "40m" },
  ]
}

services { id = "cache-b" name = "cache" port = 6380 enable_tag_override = true }
`,
  '40-checks.hcl': `checks = [
  { id = "disk", name = "free space", ttl = "1h", status = "passing" },
]
check { id = "memory" name = "free memory" ttl = "1h" service_id = "cache-b" }
`,
  '50-more.json': JSON.stringify({ service: [{ name: 'mail', port: [25], tags: ['x'] }] }),
  'notes.txt': 'not a configuration',
};

beforeAll(async () => {
  const directory = join(folder, 'consul.d');
  mkdirSync(directory);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const args = [
    '-dev',
    '-node=flag',
    `-config-dir=${directory}`,
    '-hcl=node_name = "piece"',
    '-hcl',
    'node_meta { row = "3" }',
  ];
  const [theirHost, ourHost] = hosts;
  const consul = await PeerProcess.start(() => ({
    command: peerProgramPath('consul'),
    args: ['agent', `-bind=${theirHost}`, `-client=${theirHost}`, ...args],
  }));
  ends.push(() => consul.dispose());
  const ours = await HobnobProcess.start(ourHost, args);
  ends.push(() => ours[Symbol.asyncDispose]());
  for (const host of hosts) {
    await waitUntil(`${host} has entered its services`, async () => {
      const response = await fetch(`http://${host}:8500/v1/catalog/service/mail`);
      return response.ok && ((await response.json()) as readonly unknown[]).length === 1;
    });
  }
});

afterAll(async () => {
  await Promise.all(ends.map((end) => end()));
  rmSync(folder, { recursive: true });
});

test.each([
  '/v1/agent/services',
  '/v1/agent/service/shop-1-sidecar-proxy',
  '/v1/agent/checks',
  '/v1/catalog/node/piece',
  '/v1/health/service/cache',
])('both answer %s with the same', async (path) => {
  const [theirs, ours] = await Promise.all(hosts.map((host) => answerOf(host, path)));
  expect(ours).toEqual(theirs);
});

/** Fields that are of one agent, or only ours: its address and id, indexes, and when checks ran with what output. */
const own: ReadonlySet<string> = new Set([
  ...['ID', 'Address', 'CreateIndex', 'ModifyIndex', 'ContentHash', 'TaggedAddresses'],
  ...['LastCheckTime', 'LastChangeTime', 'Transitions', 'Output'],
]);

async function answerOf(host: string, path: string): Promise<unknown> {
  const response = await fetch(`http://${host}:8500${path}`);
  expect(response.status).toBe(200);
  return comparable(await response.json(), host);
}

function comparable(value: unknown, host: string): unknown {
  if (Array.isArray(value)) return value.map((item) => comparable(item, host));
  if (typeof value !== 'object' || value === null) return value;
  // Of a service they say nothing about the agent.
  const isService = 'Service' in value && typeof value.Service === 'string';
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !own.has(name) || (isService && !/Index$|^ContentHash$/.test(name)))
      .map(([name, inner]) => [name, comparable(inner, host)]),
  );
}
