import { expect, test } from 'vitest';
import { create, DirEntry, KvsRequest, TxnOp, TxnRequest } from '../records/index.ts';
import { type Command, isLarge } from './commands.ts';
import { runToEnd } from './queries/later.ts';
import { Store } from './store.ts';
import { readTxn } from './txn-reads.ts';

const put = (Key: string): Command => ({
  type: 2,
  body: create(KvsRequest, { Op: 'set', DirEnt: create(DirEntry, { Key }) }),
});
const kvOp = (Verb: string, Key: string) =>
  create(TxnOp, { KV: { Verb, DirEnt: create(DirEntry, { Key }) } });

test('a transaction finds as many keys as there are', () => {
  const store = new Store();
  // More than fit the arguments of one call.
  const count = 150_000;
  for (let at = 1; at <= count; at += 1) store.apply(at, put(`k/${at}`));
  const Ops = [kvOp('get-tree', 'k/'), kvOp('set', 'other')];
  expect(runToEnd(readTxn(store.tables, Ops.slice(0, 1))).Results).toHaveLength(count);
  const { value, error } = store.apply(count + 1, { type: 8, body: create(TxnRequest, { Ops }) });
  expect(error).toBeUndefined();
  expect(value).toMatchObject({ Errors: null });
  expect(typeof value === 'object' && value.Results?.length).toBe(count + 1);
});

test('operations that concern few rows each are a long command when they are many together', () => {
  const store = new Store();
  for (let at = 0; at < 64 * 4; at += 1) store.apply(at + 1, put(`k/${at % 64}/${at}`));
  const trees = (verb: string, count: number): Command => ({
    type: 8,
    body: create(TxnRequest, { Ops: Array.from({ length: count }, (_, at) => kvOp(verb, `k/${at}/`)) }),
  });
  for (const verb of ['get-tree', 'delete-tree']) {
    expect(isLarge(store.tables, trees(verb, 64))).toBe(true);
    expect(isLarge(store.tables, trees(verb, 2))).toBe(false);
  }
});
