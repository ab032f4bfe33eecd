import {
  AgentMember,
  AgentSelf,
  CatalogCoordinate,
  DatacenterMap,
  jsonReader,
  jsonWriter,
  KeyringRecord,
  listOf,
  type Shape,
  UserEventRecord,
} from '@hobnob/catalog/records';
import { afterEach, expect, test } from 'vitest';
import { agentOnFakes, closeAgents, settle } from '../../test/agent-on-fakes.ts';
import { member, serverTags } from '../../test/fake-gossip.ts';

/** The routes about pools, as a whole agent answers them, are held to the descriptions of their records. */

afterEach(closeAgents);

/**
 * What the record makes of an answer of an agent in dev mode: the same text, if the answer has all its fields in their
 * order and no other. @throws InputError for a field that the record does not name.
 */
function rewritten(shape: Shape, text: string): string {
  return `${jsonWriter(shape, 'pretty')(jsonReader(shape)(Buffer.from(text)))}\n`;
}

const routes = [
  ['/v1/agent/self', AgentSelf],
  ['/v1/agent/members', listOf(AgentMember)],
  ['/v1/agent/members?wan=1', listOf(AgentMember)],
  ['/v1/event/list', listOf(UserEventRecord)],
  ['/v1/coordinate/nodes', listOf(CatalogCoordinate)],
  ['/v1/coordinate/node/me', listOf(CatalogCoordinate)],
  ['/v1/coordinate/datacenters', listOf(DatacenterMap)],
] as const;
/** Answers without content, which say nothing of records. */
const empty: ReadonlySet<string> = new Set(['[]\n', 'null\n']);

test.each(
  routes.flatMap(([path, shape]) => [
    { path, shape, server: true },
    { path, shape, server: false },
  ]),
)('$path answers what its record says (server: $server)', async ({ path, shape, server }) => {
  const { started, pools, clock } = agentOnFakes({ server, ports: { http: 0 } });
  const agent = await started;
  for (const pool of pools) {
    pool.appear(member('web', { status: 'failed' }));
    pool.appear(member('s1', { tags: serverTags({ build: '1.8.7:hobnob-1.0.0' }) }));
    pool.coordinates.set(pool.name, {
      vec: [0, 0, 0, 0, 0, 0, 0, 0],
      error: 1.5,
      height: 1e-5,
      adjustment: 0,
    });
  }
  // The catalog of a server takes coordinates in batches.
  for (const durationMs of [1_000, 5_000]) {
    clock.advance(durationMs);
    await settle();
  }
  await fetch(`${agent.httpAddresses[0]}/v1/event/fire/deploy`, { method: 'PUT', body: 'hello' });
  const response = await fetch(`${agent.httpAddresses[0]}${path}`);
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(rewritten(shape, text)).toBe(text);
  // A client agent is in no WAN.
  const isOfServers = path.endsWith('?wan=1') || path.endsWith('/datacenters');
  expect(empty.has(text)).toBe(!server && isOfServers);
});

test('a server lists keys as their record says', async () => {
  const { started, pools } = agentOnFakes({ server: true, ports: { http: 0 } });
  const agent = await started;
  const report = {
    nodes: 2,
    responded: 2,
    failed: 0,
    missedBy: [],
    messages: { s1: 'cut' },
    keys: { b: 2, a: 1 },
    primaryKeys: { b: 2 },
  };
  for (const pool of pools) pool.keys = { ...pool.keys, list: async () => report };
  const response = await fetch(`${agent.httpAddresses[0]}/v1/operator/keyring`);
  const text = await response.text();
  expect(rewritten(listOf(KeyringRecord), text)).toBe(text);
  expect(JSON.parse(text)).toHaveLength(2);
});

test('a field that no record names would be noticed, and so would a missing one and another order', () => {
  const written = jsonWriter(UserEventRecord, 'pretty');
  const event = jsonReader(UserEventRecord)(Buffer.from('{"Name": "x"}'));
  const text = `${written(event)}\n`;
  expect(rewritten(UserEventRecord, text)).toBe(text);
  expect(() => rewritten(UserEventRecord, text.replace('"Name"', '"Extra"'))).toThrow('unknown field');
  const { Name, LTime, ...rest } = JSON.parse(text);
  for (const other of [rest, { LTime, Name, ...rest }]) {
    const changed = `${JSON.stringify(other, null, 4)}\n`;
    expect(rewritten(UserEventRecord, changed)).not.toBe(changed);
  }
});
