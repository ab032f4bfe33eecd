import {
  AgentMember,
  AgentSelf,
  DatacenterCoordinates,
  KeyringRecord,
  NodeCoordinate,
  UserEventRecord,
} from '@hobnob/catalog';
import { Type } from 'typebox';
import { Errors } from 'typebox/value';
import { afterEach, expect, test } from 'vitest';
import { agentOnFakes, closeAgents, settle } from '../../test/agent-on-fakes.ts';
import { member, serverTags } from '../../test/fake-gossip.ts';

/**
 * Answers leave without a compiled schema (ADR 0009): these tests hold every route with a body of its own to the
 * schema of its record, as a whole agent sends it.
 */

afterEach(closeAgents);

/** The same schema with every object closed, as JSON Schema has it: what a record does not name must not be sent. */
function closed<T>(schema: T): T {
  if (Array.isArray(schema)) return schema.map(closed) as T;
  if (typeof schema !== 'object' || schema === null) return schema;
  const inner = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  // Spreading keeps the kind of a schema; only the limit is new.
  return ('properties' in schema ? { ...inner, additionalProperties: false } : inner) as T;
}

const routes = [
  ['/v1/agent/self', AgentSelf],
  ['/v1/agent/members', Type.Array(AgentMember)],
  ['/v1/agent/members?wan=1', Type.Union([Type.Array(AgentMember), Type.Null()])],
  ['/v1/event/list', Type.Array(UserEventRecord, { minItems: 1 })],
  ['/v1/coordinate/nodes', Type.Array(NodeCoordinate, { minItems: 1 })],
  ['/v1/coordinate/node/me', Type.Array(NodeCoordinate, { minItems: 1 })],
  ['/v1/coordinate/datacenters', Type.Array(DatacenterCoordinates)],
] as const;

test.each(
  routes.flatMap(([path, schema]) => [
    { path, schema, server: true },
    { path, schema, server: false },
  ]),
)('$path answers what its record says (server: $server)', async ({ path, schema, server }) => {
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
  expect(Errors(closed(schema), await response.json())).toEqual([]);
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
  expect(Errors(closed(Type.Array(KeyringRecord, { minItems: 2 })), await response.json())).toEqual([]);
});

test('a field that no record names would be noticed', () => {
  const record = closed(Type.Object({ Name: AgentMember.properties.Name }));
  expect(Errors(record, { Name: 'x' })).toEqual([]);
  expect(Errors(record, { Name: 'x', Extra: 1 })).not.toEqual([]);
  expect(Errors(record, { Name: 1 })).not.toEqual([]);
});
