import { describe, expect, test } from 'vitest';
import { kvOp, startKeys } from '../../test/key-calls.ts';
import { create, HealthCheck, NodeRecord, NodeService, TxnOp } from '../records/index.ts';

/**
 * The rows of consensus-and-rpc.md 5.6 about nodes, services and checks, with literal values. The texts are those of a real
 * agent. First are the node `n1` (index 1), its service `w` (2) and its check `c` (3).
 */

async function startCatalog() {
  const started = await startKeys();
  await started.register({ node: 'n1', service: { ID: 'w', Service: 'web', Port: 80 } });
  await started.register({ node: 'n1', check: { CheckID: 'c', Name: 'c', Status: 'passing' } });
  return started;
}

const node = (Verb: string, given: Partial<NodeRecord> = {}) =>
  create(TxnOp, { Node: { Verb, Node: create(NodeRecord, { Node: 'n1', Address: '10.0.0.2', ...given }) } });
const service = (Verb: string, { Node = 'n1', ...given }: Partial<NodeService> & { Node?: string } = {}) =>
  create(TxnOp, {
    Service: { Verb, Node, Service: create(NodeService, { ID: 'w', Service: 'web', Port: 81, ...given }) },
  });
const check = (Verb: string, given: Partial<HealthCheck> = {}) =>
  create(TxnOp, {
    Check: {
      Verb,
      Check: create(HealthCheck, { Node: 'n1', CheckID: 'c', Name: 'c', Status: 'warning', ...given }),
    },
  });
const kinds = { node, service, check };

const failures: readonly (readonly [string, TxnOp])[] = [
  ['node "none" doesn\'t exist', node('get', { Node: 'none' })],
  ['failed to set node "n1", index is stale', node('cas', { ModifyIndex: 2 })],
  ['failed to set node "n1", index is stale', node('cas', { ModifyIndex: 0 })],
  ['failed to set node "none", index is stale', node('cas', { Node: 'none', ModifyIndex: 1 })],
  ['failed to delete node "n1", index is stale', node('delete-cas', { ModifyIndex: 2 })],
  ['failed to delete node "none", index is stale', node('delete-cas', { Node: 'none' })],
  ['unknown Node verb "swap"', node('swap')],
  ['Must provide node', node('set', { Node: '' })],
  ['Bad node ID: uuid string is wrong length', node('set', { ID: 'x' })],
  ['service "x" on node "n1" doesn\'t exist', service('get', { ID: 'x' })],
  ['service "w" on node "none" doesn\'t exist', service('get', { Node: 'none' })],
  ['failed to set service "w" on node "n1", index is stale', service('cas', { ModifyIndex: 1 })],
  ['failed to delete service "w" on node "n1", index is stale', service('delete-cas', { ModifyIndex: 1 })],
  ['failed to delete service "x" on node "n1", index is stale', service('delete-cas', { ID: 'x' })],
  ['Missing node registration', service('set', { Node: 'none' })],
  ['Must provide service name with ID', service('set', { Service: '' })],
  ['unknown Service verb "swap"', service('swap')],
  ['check "x" on node "n1" doesn\'t exist', check('get', { CheckID: 'x' })],
  ['failed to set check "c" on node "n1", index is stale', check('cas', { ModifyIndex: 2 })],
  ['failed to delete check "c" on node "n1", index is stale', check('delete-cas', { ModifyIndex: 2 })],
  ['failed to delete check "x" on node "n1", index is stale', check('delete-cas', { CheckID: 'x' })],
  ['Missing node registration', check('set', { Node: 'none' })],
  ['Missing service registration', check('set', { ServiceID: 'none' })],
  ['unknown Check verb "swap"', check('swap')],
];

test.each(failures)('"%s" is why nothing of a transaction is done', async (What, op) => {
  const { txn, get, call } = await startCatalog();
  const before = await call('Internal.NodeInfo', { Datacenter: 'dc1', Node: 'n1' });
  expect(await txn(kvOp('set', 'k'), op)).toEqual({ Results: null, Errors: [{ OpIndex: 1, What }] });
  expect(await get('k')).toBeUndefined();
  expect(await call('Internal.NodeInfo', { Datacenter: 'dc1', Node: 'n1' })).toEqual(before);
});

const written = {
  node: { Node: { Node: 'n1', Address: '10.0.0.2', CreateIndex: 1, ModifyIndex: 4 } },
  service: { Service: { ID: 'w', Port: 81, CreateIndex: 2, ModifyIndex: 4 } },
  check: { Check: { CheckID: 'c', Status: 'warning', CreateIndex: 3, ModifyIndex: 4 } },
};
const found = {
  node: { Node: { Node: 'n1', Address: '10.0.0.1', CreateIndex: 1, ModifyIndex: 1 } },
  service: { Service: { ID: 'w', Port: 80, CreateIndex: 2, ModifyIndex: 2 } },
  check: { Check: { CheckID: 'c', Status: 'passing', CreateIndex: 3, ModifyIndex: 3 } },
};
const index = { node: 1, service: 2, check: 3 };

describe.each(['node', 'service', 'check'] as const)('a %s', (kind) => {
  test('is found as it is', async () => {
    const { txn, readTxn } = await startCatalog();
    expect(await txn(kinds[kind]('get'))).toMatchObject({ Results: [found[kind]], Errors: null });
    expect(await readTxn(kinds[kind]('get'))).toMatchObject({ Results: [found[kind]], Errors: null });
  });

  test.each([
    { verb: 'set', ModifyIndex: 0 },
    { verb: 'set', ModifyIndex: 9 },
    { verb: 'cas', ModifyIndex: index[kind] },
  ])(
    'is written by $verb with index $ModifyIndex, and answered as it is then',
    async ({ verb, ModifyIndex }) => {
      const { txn } = await startCatalog();
      const reply = await txn(kinds[kind](verb, { ModifyIndex }));
      expect(reply).toMatchObject({ Results: [written[kind]], Errors: null });
    },
  );

  test.each([
    { verb: 'delete', ModifyIndex: 9 },
    { verb: 'delete-cas', ModifyIndex: index[kind] },
  ])('is deleted by $verb with index $ModifyIndex', async ({ verb, ModifyIndex }) => {
    const { txn } = await startCatalog();
    expect(await txn(kinds[kind](verb, { ModifyIndex }))).toEqual({ Results: [], Errors: null });
    expect((await txn(kinds[kind]('get'))).Errors).toHaveLength(1);
  });

  test('that is not there may be deleted', async () => {
    const { txn, state } = await startCatalog();
    await txn(kinds[kind]('delete'));
    expect(await txn(kinds[kind]('delete'))).toEqual({ Results: [], Errors: null });
    expect(state.index).toBe(5);
  });
});

test('what is new is made by a cas with index 0, and seen by what follows', async () => {
  const { txn } = await startCatalog();
  const { Results, Errors } = await txn(
    node('cas', { Node: 'n2' }),
    service('cas', { Node: 'n2', ID: 'x' }),
    check('cas', { Node: 'n2', CheckID: 'd', ServiceID: 'x' }),
    check('get', { Node: 'n2', CheckID: 'd' }),
  );
  expect(Errors).toBeNull();
  const indexes = { CreateIndex: 4, ModifyIndex: 4 };
  expect(Results).toMatchObject([
    { Node: { Node: 'n2', ...indexes } },
    { Service: { ID: 'x', ...indexes } },
    { Check: { CheckID: 'd', ServiceName: 'web', ...indexes } },
    { Check: { CheckID: 'd', ServiceName: 'web', ...indexes } },
  ]);
});

test('a check without an id has its name as its id', async () => {
  const { txn } = await startCatalog();
  expect(await txn(check('set', { CheckID: '', Name: 'n' }))).toMatchObject({
    Results: [{ Check: { CheckID: 'n', Name: 'n' } }],
  });
});

test('a check that turns critical in a transaction ends the sessions that depend on it', async () => {
  const { txn, session, apply, get, sessionIds } = await startCatalog();
  const Session = await session({ NodeChecks: ['c'] });
  await apply('lock', 'k', { Session });
  await txn(check('set', { Status: 'critical' }), kvOp('check-session', 'k', { Session: '' }));
  expect(await sessionIds()).toEqual([]);
  expect(await get('k')).toMatchObject({ Session: '', LockIndex: 1, ModifyIndex: 6 });
});
