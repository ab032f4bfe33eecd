import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { peersFolder } from '../interop/peer-process.ts';
import { type BothAgents, type Registry, startBoth } from './both-agents.ts';
import { goClient } from './programs.ts';

/** The Consul service discovery of Prometheus, unmodified. */

const program = goClient('prometheus');

interface TargetGroup {
  readonly source: string;
  readonly targets: readonly Readonly<Record<string, string>>[];
}

/** A running discovery: the newest targets of every service that it has found. */
class Discovery {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #groups = new Map<string, readonly string[]>();

  constructor({ host, address }: Registry, configuration: Readonly<Record<string, unknown>>) {
    this.#child = spawn(program ?? '', [address, JSON.stringify(configuration)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      // What the program prints is what it was written for.
      const { source, targets } = JSON.parse(line.replaceAll(host, 'HOST')) as TargetGroup;
      this.#groups.set(
        source,
        targets.map((labels) => JSON.stringify(labels)),
      );
    });
  }

  /** Targets as lines of JSON, by service. A service that is gone has none. */
  targets(): Readonly<Record<string, readonly string[]>> {
    const found = [...this.#groups].filter(([, targets]) => targets.length > 0);
    return Object.fromEntries(found.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  async end(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.stdin.end();
    const [code] = await exited;
    expect(code).toBe(0);
  }
}

const call = async ({ address }: Registry, path: string, body?: unknown): Promise<void> => {
  const answer = await fetch(`http://${address}${path}`, {
    method: 'PUT',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  expect((await answer.text()).trim()).toMatch(/^(true)?$/);
};

/** An instance as an agent registers it, and one of another node. */
async function register(registry: Registry): Promise<void> {
  await call(registry, '/v1/agent/service/register', {
    ID: 'web-1',
    Name: 'web',
    Tags: ['prometheus', 'v1'],
    Port: 9100,
    Meta: { metrics_path: '/m' },
    Check: { TTL: '1h', Status: 'passing' },
  });
  await call(registry, '/v1/catalog/register', {
    Node: 'db-node',
    Address: '10.1.0.7',
    NodeMeta: { rack: 'r7' },
    TaggedAddresses: { lan: '10.1.0.7', wan: '198.18.0.7' },
    Service: { ID: 'db-1', Service: 'db', Tags: ['prometheus'], Address: '10.1.0.8', Port: 5432 },
    Checks: [{ CheckID: 'service:db-1', ServiceID: 'db-1', Status: 'warning' }],
  });
}

describe.skipIf(peersFolder === undefined || program === undefined)('the discovery of Prometheus', () => {
  let both: BothAgents;
  beforeAll(async () => {
    both = await startBoth(3);
    for (const registry of both.registries) await register(registry);
  });
  afterAll(() => both?.dispose());

  test.each([
    ['every service', {}, ['consul', 'db', 'web']],
    ['some services', { services: ['web', 'db'] }, ['db', 'web']],
    ['services with tags', { tags: ['prometheus', 'v1'] }, ['web']],
    ['nodes with metadata', { node_meta: { rack: 'r7' } }, ['db']],
    ['consistent reads', { allow_stale: false, services: ['web'] }, ['web']],
    ['a filter', { filter: 'NodeMeta.rack == "r7"', services: ['db'] }, ['db']],
  ])('finds the targets of a real Consul: %s', async (_name, configuration, services) => {
    const [theirs, ours] = both.registries.map((registry) => new Discovery(registry, configuration));
    try {
      await vi.waitFor(() => {
        expect(Object.keys(theirs?.targets() ?? {})).toEqual(services);
        expect(ours?.targets()).toEqual(theirs?.targets());
      }, 20_000);
    } finally {
      await Promise.all([theirs?.end(), ours?.end()]);
    }
  });

  test('sees an instance change, fail and go as with a real Consul', async () => {
    const configuration = { services: ['web'], refresh_interval: '1s' };
    const found = both.registries.map((registry) => new Discovery(registry, configuration));
    const [theirs, ours] = found;
    const seen = async (what: RegExp): Promise<void> => {
      await vi.waitFor(() => {
        expect(JSON.stringify(theirs?.targets())).toMatch(what);
        expect(ours?.targets()).toEqual(theirs?.targets());
      }, 20_000);
    };
    try {
      await seen(/consul_health\S*"passing/);
      for (const registry of both.registries) await call(registry, '/v1/agent/check/fail/service:web-1');
      await seen(/consul_health\S*"critical/);
      for (const registry of both.registries) {
        await call(registry, '/v1/agent/service/maintenance/web-1?enable=true&reason=disk');
      }
      await seen(/consul_health\S*"maintenance/);
      for (const registry of both.registries) {
        await call(registry, '/v1/agent/service/deregister/web-1');
      }
      await seen(/^\{\}$/);
    } finally {
      await Promise.all(found.map((one) => one.end()));
    }
  });
});
