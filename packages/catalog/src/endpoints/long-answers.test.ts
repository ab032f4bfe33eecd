import { expect, test } from 'vitest';
import { startEndpoints } from '../../test/start-endpoints.ts';

const dc = { Datacenter: 'dc1' };

test('maps of thousands of services are made in turns', async () => {
  let turns = 0;
  const { call, register } = startEndpoints({
    nextTurn: async () => {
      turns += 1;
    },
  });
  const count = 1200;
  for (let at = 0; at < count; at += 1) await register({ node: 'n1', service: { Service: `s-${at}` } });
  const services = await call('Catalog.ListServices', dc);
  expect(Object.keys(services.Services ?? {})).toHaveLength(count);
  // 200 rows in a turn, found and then made into a map.
  expect(turns).toBeGreaterThanOrEqual(12);
  turns = 0;
  const node = await call('Catalog.NodeServices', { ...dc, Node: 'n1' });
  expect(Object.keys(node.NodeServices?.Services ?? {})).toHaveLength(count);
  expect(turns).toBeGreaterThanOrEqual(6);
});
