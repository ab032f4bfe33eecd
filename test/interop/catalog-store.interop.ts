import { randomUUID } from 'node:crypto';
import {
  createEndpoints,
  everything,
  type RpcMethod,
  type RpcMethods,
  SingleLog,
  WatchedStore,
} from '@hobnob/catalog';
import { Filters } from '@hobnob/catalog/filter';
import { DeregisterRequest, RegisterRequest, readJson } from '@hobnob/catalog/records';
import { seededRng, VirtualClock } from '@hobnob/gossip/testing';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConsulPeer, startConsul, waitUntilEntered } from './consul-agent.ts';

/**
 * The same writes in a random order to the endpoints and to a real Consul, all answers compared after each: content,
 * order, error texts, and which write moved which index.
 */

const host = '127.0.44.1';
/**
 * So few that they take less than a minute: that often the leader removes nodes that have a serfHealth check and are no
 * members, as those of this test.
 */
const stepsCount = 80;

/** One for each test, since the first minute counts from its start. */
let consul: ConsulPeer;
beforeEach(async () => {
  consul = await startConsul({ name: 'oracle', host });
  await waitUntilEntered(consul);
});
afterEach(async () => {
  await consul?.dispose();
});

interface Write {
  readonly isRegister: boolean;
  readonly body: object;
}

/** Writes over few names in either case, so that they meet. */
function randomWrites(seed: number): readonly Write[] {
  const rng = seededRng(seed);
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(rng.next() * choices.length)] as T;
  const service = () => ({
    Kind: pick('', '', 'connect-proxy', 'other'),
    ID: pick('web', 'WEB', 'web-2', 'api', ''),
    Service: pick('web', 'Web', 'api', 'db', 'db'),
    Tags: pick(null, [], ['a'], ['A', 'b']),
    Address: pick('', '10.0.0.9'),
    Port: pick(0, 80, 81),
    Meta: pick(null, {}, { rack: '1' }, { 'bad key': '' }),
    Weights: pick(
      undefined,
      { Passing: 1, Warning: 1 },
      { Passing: 7, Warning: 0 },
      { Passing: 0, Warning: -1 },
    ),
    Proxy: { DestinationServiceName: pick('web', 'DB', 'db') },
    Connect: { Native: pick(false, false, false, true) },
  });
  const check = (node: string) => ({
    Node: pick('', '', '', node, 'n2'),
    CheckID: pick('serfHealth', 'c1', 'C1', 'c2', ''),
    Name: pick('check', 'c3'),
    Status: pick('', 'passing', 'passing', 'warning', 'critical', 'odd'),
    Output: pick('', 'x'),
    ServiceID: pick('', '', 'web', 'Web', 'web-2', 'api'),
    ServiceName: pick('', 'web'),
    Type: pick('', 'own'),
    Definition: pick({}, { TTL: '5s' }),
  });
  const register = (): Write => {
    const node = pick('n1', 'n1', 'N1', 'n2', 'n2-b', 'n3');
    const body = {
      Datacenter: 'dc1',
      ID: pick('', '', 'aa000000-0000-0000-0000-000000000001', 'ab000000-0000-0000-0000-000000000002', 'bad'),
      Node: node,
      Address: pick('10.0.0.1', '10.0.0.1', '10.0.0.2', ''),
      TaggedAddresses: pick(null, null, {}, { lan: '10.0.0.1' }),
      NodeMeta: pick(null, null, { rack: '1' }, { rack: '2', row: 'x' }),
      Service: pick(undefined, service()),
      Check: pick(undefined, undefined, check(node)),
      Checks: pick(undefined, [], [check(node)], [check(node), check(node)]),
      SkipNodeUpdate: pick(false, false, true),
    };
    return { isRegister: true, body };
  };
  const deregister = (): Write => ({
    isRegister: false,
    body: {
      Datacenter: 'dc1',
      Node: pick('n1', 'N1', 'n2', 'n2-b', 'n3', ''),
      ServiceID: pick('', 'web', 'WEB', 'web-2', 'api', 'nowhere'),
      CheckID: pick('', 'c1', 'C2', 'serfHealth'),
    },
  });
  return Array.from({ length: stepsCount }, () => (rng.next() < 0.75 ? register() : deregister()));
}

function startOurs() {
  const clock = new VirtualClock();
  const state = new WatchedStore({ clock });
  const endpoints = createEndpoints({
    state,
    log: new SingleLog({ machine: state, address: `${host}:8300` }),
    clock,
    wallClock: clock,
    newId: randomUUID,
    // Nothing here has a time.
    sessions: { renew: () => undefined },
    rng: seededRng(1),
    datacenter: 'dc1',
    filters: new Filters(),
    datacenters: () => [],
  });
  const call = <M extends RpcMethod>(method: M, request: RpcMethods[M]['request']) =>
    endpoints.call(method, request, { authority: everything });
  /** The error text of a write, '' for none. */
  const write = async ({ isRegister, body }: Write): Promise<string> => {
    const bytes = Buffer.from(JSON.stringify(body));
    try {
      if (isRegister) await call('Catalog.Register', readJson(RegisterRequest, bytes));
      else await call('Catalog.Deregister', readJson(DeregisterRequest, bytes));
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  };
  return { call, write };
}

type Ours = ReturnType<typeof startOurs>;

async function writeToConsul({ isRegister, body }: Write): Promise<string> {
  const path = `/v1/catalog/${isRegister ? 'register' : 'deregister'}`;
  const response = await fetch(`http://${host}:8500${path}`, { method: 'PUT', body: JSON.stringify(body) });
  const text = await response.text();
  return response.status === 200 ? '' : text;
}

interface Found {
  readonly index: number;
  readonly body: unknown;
}

async function readFromConsul(path: string): Promise<Found> {
  const response = await fetch(`http://${host}:8500/v1/${path}`);
  const text = await response.text();
  expect(response.status, `${path}: ${text}`).toBe(200);
  return { index: Number(response.headers.get('x-consul-index')), body: JSON.parse(text) };
}

const dc = { Datacenter: 'dc1' };
const nodeNames = ['n1', 'N2', 'n2-b', 'n3'];
const serviceNames = ['web', 'API', 'db', 'nowhere'];

/** How far the indexes of a question agree. */
type IndexRule =
  | 'same'
  /** Ours moves also when a service or check leaves a name, where Consul forgets it (ADR 0028). */
  | 'at-least'
  | 'not-compared';

/** Paths of Consul's HTTP API with the same question to the endpoints. */
function questions({ call }: Ours): readonly { path: string; index: IndexRule; ask: () => Promise<Found> }[] {
  const found = <R extends { readonly Index: number }>(reply: R, body: unknown): Found => ({
    index: reply.Index,
    body,
  });
  const list: { path: string; index: IndexRule; ask: () => Promise<Found> }[] = [];
  const add = (path: string, ask: () => Promise<Found>, index: IndexRule = 'same') =>
    list.push({ path, index, ask });
  for (const [query, NodeMetaFilters] of [
    ['', {}],
    ['?node-meta=rack:1', { rack: '1' }],
  ] as const) {
    add(`catalog/nodes${query}`, async () => {
      const reply = await call('Catalog.ListNodes', { ...dc, NodeMetaFilters });
      return found(reply, reply.Nodes);
    });
    add(`catalog/services${query}`, async () => {
      const reply = await call('Catalog.ListServices', { ...dc, NodeMetaFilters });
      return found(reply, reply.Services);
    });
    for (const State of ['any', 'passing', 'critical', 'odd']) {
      add(
        `health/state/${State}${query}`,
        async () => {
          const reply = await call('Health.ChecksInState', { ...dc, State, NodeMetaFilters });
          return found(reply, reply.HealthChecks);
        },
        query === '' ? 'same' : 'not-compared',
      );
    }
    for (const ServiceName of serviceNames) {
      add(
        `health/checks/${ServiceName}${query}`,
        async () => {
          const reply = await call('Health.ServiceChecks', { ...dc, ServiceName, NodeMetaFilters });
          return found(reply, reply.HealthChecks);
        },
        query === '' ? 'same' : 'not-compared',
      );
    }
  }
  for (const Node of [...nodeNames, 'aa00', 'ab000000-0000-0000-0000-000000000002', 'a']) {
    add(`catalog/node/${Node}`, async () => {
      const reply = await call('Catalog.NodeServices', { ...dc, Node });
      return found(reply, reply.NodeServices);
    });
    add(`catalog/node-services/${Node}`, async () => {
      const reply = await call('Catalog.NodeServiceList', { ...dc, Node });
      return found(reply, reply.NodeServices);
    });
    add(`health/node/${Node}`, async () => {
      const reply = await call('Health.NodeChecks', { ...dc, Node });
      return found(reply, reply.HealthChecks);
    });
  }
  for (const ServiceName of serviceNames) {
    for (const [query, rest] of [
      ['', {}],
      ['?tag=a&tag=B', { ServiceTags: ['a', 'B'], TagFilter: true }],
      ['?node-meta=rack:2', { NodeMetaFilters: { rack: '2' } }],
    ] as const) {
      const request = { ...dc, ServiceName, ...rest };
      add(
        `catalog/service/${ServiceName}${query}`,
        async () => {
          const reply = await call('Catalog.ServiceNodes', request);
          return found(reply, reply.ServiceNodes);
        },
        'at-least',
      );
      add(
        `health/service/${ServiceName}${query}`,
        async () => {
          const reply = await call('Health.ServiceNodes', request);
          return found(reply, reply.Nodes);
        },
        'at-least',
      );
    }
    add(
      `health/connect/${ServiceName}`,
      async () => {
        const reply = await call('Health.ServiceNodes', { ...dc, ServiceName, Connect: true });
        return found(reply, reply.Nodes);
      },
      'not-compared',
    );
    add(
      `catalog/connect/${ServiceName}`,
      async () => {
        const reply = await call('Catalog.ServiceNodes', { ...dc, ServiceName, Connect: true });
        return found(reply, reply.ServiceNodes);
      },
      'not-compared',
    );
  }
  add('internal/ui/nodes', async () => {
    const reply = await call('Internal.NodeDump', dc);
    return found(reply, reply.Dump);
  });
  return list;
}

/** Raft indexes as the steps that made them: an index first seen after a step is that step's. */
class Steps {
  readonly #stepByIndex = new Map<number, number>();
  #step = 0;

  begin(step: number): void {
    this.#step = step;
  }

  of(index: number): number {
    const step = this.#stepByIndex.get(index) ?? this.#step;
    this.#stepByIndex.set(index, step);
    return step;
  }

  /** A body without what is absent in one form and empty in another, and with steps for indexes. */
  plain(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.plain(item) ?? null);
    if (typeof value === 'bigint') return Number(value);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).flatMap(([name, item]) => {
      if (name === 'CreateIndex' || name === 'ModifyIndex') return [[name, this.of(Number(item))] as const];
      const plain = this.plain(item);
      return isEmpty(plain) ? [] : [[name, plain] as const];
    });
    return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '' || value === 0 || value === false) return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Without the node that Consul itself is. */
function withoutOracle(body: unknown): unknown {
  if (!Array.isArray(body)) return body;
  return body.filter((row) => row?.Node !== 'oracle');
}

/** Tags of a service come in any order from Go's map. */
function sortTags(path: string, body: unknown): unknown {
  if (!path.startsWith('catalog/services') || typeof body !== 'object' || body === null) return body;
  const rows = Object.entries(body).filter(([name]) => name !== 'consul');
  return Object.fromEntries(rows.map(([name, tags]) => [name, { tags: [...tags].sort() }]));
}

describe('random writes to the endpoints and to a real Consul', () => {
  test.each([1, 2, 3])('seed %i: every answer agrees after every write', async (seed) => {
    // One service has vanished on both sides, so that the missing have an index of their own.
    const ours = startOurs();
    const first = {
      Datacenter: 'dc1',
      Node: 'n1',
      Address: '10.0.0.1',
      Service: { Service: 'web' },
      Check: { Name: 'c' },
    };
    for (const write of [
      { isRegister: true, body: first },
      { isRegister: false, body: { Datacenter: 'dc1', Node: 'n1' } },
    ]) {
      expect(await ours.write(write)).toBe(await writeToConsul(write));
    }
    const [ourSteps, theirSteps] = [new Steps(), new Steps()];
    const asked = questions(ours);
    for (const [step, write] of randomWrites(seed).entries()) {
      const label = `step ${step}: ${JSON.stringify(write)}`;
      expect(await ours.write(write), label).toBe(await writeToConsul(write));
      ourSteps.begin(step);
      theirSteps.begin(step);
      for (const { path, index, ask } of asked) {
        const [our, their] = [await ask(), await readFromConsul(path)];
        const plain = (steps: Steps, body: unknown) => steps.plain(sortTags(path, withoutOracle(body)));
        expect(plain(ourSteps, our.body), `${label} ${path}`).toEqual(plain(theirSteps, their.body));
        const [ourStep, theirStep] = [ourSteps.of(our.index), theirSteps.of(their.index)];
        if (index === 'same') expect(ourStep, `index, ${label} ${path}`).toBe(theirStep);
        if (index === 'at-least')
          expect(ourStep, `index, ${label} ${path}`).toBeGreaterThanOrEqual(theirStep);
      }
    }
  });
});
