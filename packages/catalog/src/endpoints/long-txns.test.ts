import { expect, test } from 'vitest';
import { startEndpoints } from '../../test/start-endpoints.ts';
import { create, DirEntry, KvsRequest, TxnOp } from '../records/index.ts';
import { excessOf } from '../store/txn-reads.ts';

const dc = { Datacenter: 'dc1' };
const kvOp = (Verb: string, Key: string) =>
  create(TxnOp, { KV: { Verb, DirEnt: create(DirEntry, { Key }) } });

function start(keysCount: number) {
  let turns = 0;
  let between: () => void = () => undefined;
  const started = startEndpoints({
    nextTurn: async () => {
      turns += 1;
      between();
    },
  });
  const { state } = started;
  const put = (Key: string) =>
    state.apply(state.index + 1, {
      type: 2,
      body: create(KvsRequest, { Op: 'set', DirEnt: create(DirEntry, { Key }) }),
    });
  for (let at = 0; at < keysCount; at += 1) put(`k/${String(at).padStart(5, '0')}`);
  return {
    ...started,
    put,
    turns: () => turns,
    whileItReads: (run: () => void) => {
      between = run;
    },
  };
}

test('others run while a transaction reads many keys, and change nothing that it finds', async () => {
  const { call, put, turns, whileItReads } = start(1000);
  whileItReads(() => put(`k/new-${turns()}`));
  const { Results, Errors } = await call('Txn.Read', {
    ...dc,
    Ops: [kvOp('get-tree', 'k/'), kvOp('get-tree', 'k/')],
  });
  expect(Errors).toBeNull();
  expect(Results).toHaveLength(2000);
  expect(Results?.map(({ KV }) => KV?.Key)).toEqual([...keys(1000), ...keys(1000)]);
  // Rows are counted first, and then read: 200 of them in a turn.
  expect(turns()).toBe(20);
});

function keys(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `k/${String(at).padStart(5, '0')}`);
}

test('a transaction that reads few keys needs no turn', async () => {
  const { call, turns } = start(90);
  const { Results } = await call('Txn.Read', {
    ...dc,
    Ops: [kvOp('get-tree', 'k/'), kvOp('get', 'k/00007')],
  });
  expect(Results).toHaveLength(91);
  expect(turns()).toBe(0);
});

test('a transaction that would find too many keys is refused before it changes anything', async () => {
  const { call, state } = start(4100);
  const { index } = state;
  const trees = Array.from({ length: 64 }, () => kvOp('get-tree', 'k/'));
  const refusal = {
    Results: null,
    Errors: [{ OpIndex: 63, What: 'failed to get tree "k/", the transaction finds more than 262144 keys' }],
  };
  expect(await call('Txn.Read', { ...dc, Ops: trees })).toMatchObject(refusal);
  const request = {
    ...dc,
    Token: '',
    Ops: [kvOp('set', 'other'), ...trees.slice(1), kvOp('get-tree', 'k/')],
  };
  expect(await call('Txn.Apply', request)).toMatchObject({
    ...refusal,
    Errors: [{ OpIndex: 64 }],
  });
  expect(state.index).toBe(index);
});

test('as many keys as are allowed are found', () => {
  const { state } = start(500);
  const found = (max: number) => [...excessOf(state.tables.kvs, [kvOp('get-tree', 'k/')], max)].length;
  expect(found(500)).toBe(3);
  expect(found(499)).toBe(2);
});

test('a transaction that writes too finds what those before it did, in several steps', async () => {
  const { call, state } = start(1000);
  const Ops = [
    kvOp('set', 'k/00001x'),
    kvOp('get-tree', 'k/'),
    kvOp('delete-tree', 'k/'),
    kvOp('get-tree', 'k/'),
  ];
  const { Results } = await call('Txn.Apply', { ...dc, Token: '', Ops });
  expect(Results).toHaveLength(1002);
  expect(state.tables.kvs.size).toBe(0);
});
