import fc from 'fast-check';
import { expect, test } from 'vitest';
import { deregister, register } from '../../../test/requests.ts';
import { Store } from '../store.ts';
import { checksInState } from './checks.ts';
import { filterPieces, Later, mapPieces, type Pieces } from './later.ts';
import { dumpNodes } from './nodes.ts';
import { checkedServices, dumpServices, listServices } from './services.ts';

/** Counts the pauses of a computation. */
function pauses() {
  let count = 0;
  const nextTurn = async (): Promise<void> => {
    count += 1;
  };
  return { nextTurn, counted: () => count };
}

const thirds = (isSlow: boolean) =>
  Object.assign(({ row }: { readonly row: number }) => row % 3 === 0, { isSlow });

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

test('a value is computed once, with a pause between pieces, for all who read it', async () => {
  let started = 0;
  const later = Later.in(function* (): Pieces<string> {
    started += 1;
    yield;
    yield;
    return 'found';
  });
  const { nextTurn, counted } = pauses();
  const values = await Promise.all([later.inTurns(nextTurn), later.inTurns(nextTurn)]);
  expect([...values, later.now()]).toEqual(['found', 'found', 'found']);
  expect({ started, pauses: counted() }).toEqual({ started: 1, pauses: 2 });
});

test('a slow filter sees one row in a piece, of few rows that are there too', async () => {
  const rows = Later.of(numbers(5).map((row) => ({ row })));
  const { nextTurn, counted } = pauses();
  const filter = thirds(true);
  const found = await rows.map((all) => filterPieces(all, filter), filter.isSlow).inTurns(nextTurn);
  expect(found).toEqual([{ row: 0 }, { row: 3 }]);
  expect(counted()).toBe(5);
});

test('rows are mapped and filtered in pieces of at most 200, and none is lost', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1_500 }), async (count) => {
      const later = Later.in(function* (): Pieces<readonly { readonly row: number }[]> {
        const doubled = yield* mapPieces(numbers(count), (row) => ({ row: row * 2 }));
        return yield* filterPieces(doubled, thirds(false));
      });
      const { nextTurn, counted } = pauses();
      const found = (await later.inTurns(nextTurn)).map(({ row }) => row);
      const expected = numbers(count).map((row) => row * 2);
      expect(found).toEqual(expected.filter((row) => row % 3 === 0));
      expect(counted()).toBe(2 * Math.floor(count / 200));
    }),
  );
});

/** Nodes with one instance of `web` and two checks each. */
function storeOf(nodesCount: number): Store {
  const store = new Store();
  for (const i of numbers(nodesCount)) {
    const service = { Service: 'web', ID: `web-${i}`, Tags: [`t${i % 7}`] };
    store.apply(store.index + 1, register({ node: `n${i}`, service, check: { CheckID: 'alive' } }));
    store.apply(store.index + 1, register({ node: `n${i}`, check: { CheckID: 'c', ServiceID: service.ID } }));
  }
  return store;
}

test.each([
  ['all nodes', (store: Store) => dumpNodes(store.tables).value],
  ['all instances', (store: Store) => dumpServices(store.tables).value],
  ['the instances of one service', (store: Store) => checkedServices(store.tables, { service: 'web' }).value],
  ['all checks', (store: Store) => checksInState(store.tables, 'any', {}).value],
] as const)('%s of a large store are found in pieces, as they were when asked', async (_what, ask) => {
  const store = storeOf(1_200);
  const expected = ask(store).now();
  expect(expected.length).toBeGreaterThanOrEqual(1_200);
  const later = ask(store);
  const { nextTurn, counted } = pauses();
  const found = later.inTurns(async () => {
    // The store goes on meanwhile.
    store.apply(store.index + 1, deregister(`n${counted()}`));
    await nextTurn();
  });
  expect(await found).toEqual(expected);
  expect(counted()).toBeGreaterThanOrEqual(5);
  expect(ask(store).now()).not.toEqual(expected);
});

test('the names of services on nodes with metadata are found in pieces', async () => {
  const store = storeOf(1_200);
  const { nextTurn, counted } = pauses();
  const names = await listServices(store.tables, { missing: 'x' }).value.inTurns(nextTurn);
  expect([...names]).toEqual([]);
  expect(counted()).toBeGreaterThanOrEqual(5);
});

test('few rows are there at once', async () => {
  const store = storeOf(3);
  const { nextTurn, counted } = pauses();
  const found = checkedServices(store.tables, { service: 'web' }).value.inTurns(nextTurn);
  expect(found).toHaveLength(3);
  expect(counted()).toBe(0);
});
