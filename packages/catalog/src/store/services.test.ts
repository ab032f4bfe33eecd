import { expect, test } from 'vitest';
import { register } from '../../test/requests.ts';
import { serviceNodes } from './queries/services.ts';
import { Store } from './store.ts';

test('a service registered again for its node in another case is a change, as in Consul 1.8.7', () => {
  const store = new Store();
  const service = { Service: 'web', Port: 80 };
  store.apply(1, register({ node: 'n1', service }));
  store.apply(2, register({ node: 'n1', service }));
  const found = () => serviceNodes(store.tables, { service: 'web' }).value.now()[0]?.service;
  expect(found()).toMatchObject({ CreateIndex: 1, ModifyIndex: 1 });
  store.apply(3, register({ node: 'N1', service }));
  expect(found()).toMatchObject({ CreateIndex: 1, ModifyIndex: 3 });
  store.apply(4, register({ node: 'N1', service, skipNodeUpdate: true }));
  expect(found()).toMatchObject({ CreateIndex: 1, ModifyIndex: 3 });
});
