import { expect, test } from 'vitest';
import { startEndpoints } from '../../test/start-endpoints.ts';

const dc = { Datacenter: 'dc1' };

test('others run between two records that a regular expression is held against', async () => {
  let turns = 0;
  const { call, register } = startEndpoints({
    nextTurn: async () => {
      turns += 1;
    },
  });
  for (const ID of ['a1', 'a2', 'b1']) {
    await register({
      node: 'n1',
      service: { Service: 'web', ID },
      check: { CheckID: ID, Name: ID, ServiceID: ID },
    });
  }
  const turnsOf = async (ask: () => Promise<unknown>): Promise<number> => {
    turns = 0;
    await ask();
    return turns;
  };
  const service = { ...dc, ServiceName: 'web' };
  const node = { ...dc, Node: 'n1' };
  const exact = { ...service, Filter: 'Service.ID == a1' };
  expect(await turnsOf(() => call('Health.ServiceNodes', exact))).toBe(0);
  for (const [count, ask] of [
    [3, () => call('Health.ServiceNodes', { ...service, Filter: 'Service.ID matches "^a"' })],
    [3, () => call('Catalog.ServiceNodes', { ...service, Filter: 'ServiceID matches "^a"' })],
    [3, () => call('Catalog.NodeServices', { ...node, Filter: 'ID matches "^a"' })],
    [3, () => call('Catalog.NodeServiceList', { ...node, Filter: 'ID matches "^a"' })],
    [3, () => call('Health.NodeChecks', { ...node, Filter: 'CheckID matches "^a"' })],
    [1, () => call('Catalog.ListNodes', { ...dc, Filter: 'Node matches "^n"' })],
    [3, () => call('Internal.ServiceDump', { ...dc, Filter: 'Service.ID matches "^a"' })],
  ] as const) {
    expect(await turnsOf(ask)).toBe(count);
  }
});
