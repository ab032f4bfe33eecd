import { describe, expect, test } from 'vitest';
import { type GivenEntry, kvOp, startKeys, unknownId } from '../../test/key-calls.ts';
import { create, type DirEntry, Session, TxnOp, type TxnResult } from '../records/index.ts';

/**
 * The rows of consensus-and-rpc.md 5.6 about keys and sessions, with literal values. The texts are those of a real agent.
 * First are the node `n1` (index 1), two sessions of it (2, 3), the key `k` (4), and the key `held` of the first session (5).
 */

const [holder, other] = ['00000000-0000-0000-0000-000000000001', '00000000-0000-0000-0000-000000000002'];

async function startTxn() {
  const started = await startKeys();
  await started.session();
  await started.session();
  await started.apply('set', 'k', { value: 'v', Flags: 7n });
  await started.apply('lock', 'held', { Session: holder, value: 'h' });
  return started;
}

const unheld = (key: string) =>
  `failed to unlock key "${key}", lock isn't held, or is held by another session`;
const failures: readonly (readonly [string, string, GivenEntry, string])[] = [
  ['cas', 'k', { ModifyIndex: 3 }, 'failed to set key "k", index is stale'],
  ['cas', 'k', { ModifyIndex: 0 }, 'failed to set key "k", index is stale'],
  ['cas', 'none', { ModifyIndex: 4 }, 'failed to set key "none", index is stale'],
  ['lock', 'held', { Session: other }, 'failed to lock key "held", lock is already held'],
  ['lock', 'none', { Session: unknownId }, `invalid session "${unknownId}"`],
  ['lock', 'none', {}, 'missing session'],
  ['unlock', 'held', { Session: other }, unheld('held')],
  ['unlock', 'k', { Session: holder }, unheld('k')],
  ['unlock', 'none', { Session: holder }, unheld('none')],
  ['unlock', 'held', {}, 'missing session'],
  ['get', 'none', {}, 'key "none" doesn\'t exist'],
  ['check-index', 'k', { ModifyIndex: 5 }, 'failed index check for key "k", current modify index 4 != 5'],
  ['check-index', 'k', { ModifyIndex: 0 }, 'failed index check for key "k", current modify index 4 != 0'],
  ['check-index', 'none', { ModifyIndex: 0 }, 'failed to check index, key "none" doesn\'t exist'],
  [
    'check-session',
    'held',
    { Session: other },
    `failed session check for key "held", current session "${holder}" != "${other}"`,
  ],
  [
    'check-session',
    'k',
    { Session: holder },
    `failed session check for key "k", current session "" != "${holder}"`,
  ],
  ['check-session', 'none', { Session: holder }, 'failed to check session, key "none" doesn\'t exist'],
  ['check-not-exists', 'k', {}, 'key "k" exists'],
  ['delete-cas', 'k', { ModifyIndex: 3 }, 'failed to delete key "k", index is stale'],
  ['delete-cas', 'k', { ModifyIndex: 0 }, 'failed to delete key "k", index is stale'],
  ['swap', 'k', {}, 'unknown KV verb "swap"'],
];

test.each(failures)('%s of "%s" with %j fails, and all before it: %s', async (verb, key, given, What) => {
  const { txn, list, get } = await startTxn();
  const before = [await list(''), await get('k'), await get('held')];
  const reply = await txn(kvOp('set', 'new'), kvOp(verb, key, given), kvOp('set', 'newer'));
  expect(reply).toEqual({ Results: null, Errors: [{ OpIndex: 1, What }] });
  expect([await list(''), await get('k'), await get('held')]).toEqual(before);
});

/** What a transaction at index 6 answers about a key. */
const made = (Key: string, given: Partial<DirEntry> = {}): DirEntry => ({
  LockIndex: 0,
  Key,
  Flags: 0n,
  Value: null,
  Session: '',
  ExpiresAt: '',
  CreateIndex: 6,
  ModifyIndex: 6,
  ...given,
});
const k = { Flags: 7n, CreateIndex: 4, ModifyIndex: 4 };
const held = { Session: holder, LockIndex: 1, CreateIndex: 5, ModifyIndex: 5 };
const value = (text: string) => ({ Value: Buffer.from(text) });
const results = (entries: readonly DirEntry[]): TxnResult[] =>
  entries.map((KV) => ({ KV, Node: null, Service: null, Check: null }));

const successes: readonly (readonly [string, string, GivenEntry, readonly DirEntry[]])[] = [
  ['set', 'new', { value: 'x', Flags: 3n }, [made('new', { Flags: 3n })]],
  ['set', 'k', { value: 'x' }, [made('k', { CreateIndex: 4 })]],
  ['set', 'k', { value: 'v', Flags: 7n }, [made('k', k)]],
  ['set', 'held', { value: 'x' }, [made('held', { ...held, LockIndex: 0, ModifyIndex: 6 })]],
  ['cas', 'k', { ModifyIndex: 4 }, [made('k', { CreateIndex: 4 })]],
  ['cas', 'new', { ModifyIndex: 0 }, [made('new')]],
  ['lock', 'new', { Session: other }, [made('new', { Session: other, LockIndex: 1 })]],
  ['lock', 'k', { Session: other }, [made('k', { Session: other, LockIndex: 1, CreateIndex: 4 })]],
  ['lock', 'held', { Session: holder }, [made('held', { ...held, ModifyIndex: 6 })]],
  ['unlock', 'held', { Session: holder }, [made('held', { ...held, Session: '', ModifyIndex: 6 })]],
  ['get', 'k', {}, [made('k', { ...k, ...value('v') })]],
  ['get-tree', 'h', {}, [made('held', { ...held, ...value('h') })]],
  ['get-tree', 'none', {}, []],
  ['check-index', 'k', { ModifyIndex: 4 }, [made('k', k)]],
  ['check-session', 'held', { Session: holder }, [made('held', held)]],
  ['check-session', 'k', { Session: '' }, [made('k', k)]],
  ['check-not-exists', 'none', {}, []],
  ['delete', 'k', {}, []],
  ['delete', 'none', {}, []],
  ['delete', 'held', {}, []],
  ['delete-tree', '', {}, []],
  ['delete-tree', 'none', {}, []],
  ['delete-cas', 'k', { ModifyIndex: 4 }, []],
  ['delete-cas', 'none', { ModifyIndex: 9 }, []],
];

test.each(successes)('%s of "%s" with %o answers what it did', async (verb, key, given, entries) => {
  const { txn } = await startTxn();
  expect(await txn(kvOp(verb, key, given))).toEqual({ Results: results(entries), Errors: null });
});

test.each([
  ['delete', 'k', ['held']],
  ['delete', 'held', ['k']],
  ['delete-tree', '', []],
  ['delete-tree', 'he', ['k']],
])('%s of "%s" leaves %j', async (verb, key, left) => {
  const { txn, list } = await startTxn();
  await txn(kvOp(verb, key));
  expect((await list('')).keys).toEqual(left);
});

test('every operation sees what those before it did, and all write at one index', async () => {
  const { txn, get, list, state } = await startTxn();
  const { Results } = await txn(
    kvOp('set', 'a', { value: '1' }),
    kvOp('get', 'a'),
    kvOp('check-index', 'a', { ModifyIndex: 6 }),
    kvOp('cas', 'a', { value: '2', ModifyIndex: 6 }),
    kvOp('lock', 'a', { Session: other, value: '3' }),
    kvOp('check-session', 'a', { Session: other }),
    kvOp('delete', 'k'),
    kvOp('check-not-exists', 'k'),
    kvOp('set', 'k', { value: 'again' }),
    kvOp('get-tree', 'k'),
  );
  expect(Results).toEqual(
    results([
      made('a'),
      made('a', value('1')),
      made('a'),
      made('a'),
      made('a', { Session: other, LockIndex: 1 }),
      made('a', { Session: other, LockIndex: 1 }),
      made('k'),
      made('k', value('again')),
    ]),
  );
  expect(state.index).toBe(6);
  expect(await get('a')).toEqual(made('a', { ...value('3'), Session: other, LockIndex: 1 }));
  expect(await list('')).toEqual({ keys: ['a', 'held', 'k'], index: 6 });
});

test('every operation that fails is named, and none is done', async () => {
  const { txn, list, state, sessionIds } = await startTxn();
  const before = await list('');
  const endOfHolder = create(TxnOp, {
    Session: { Verb: 'delete', Session: create(Session, { ID: holder }) },
  });
  const { Results, Errors } = await txn(
    kvOp('get', 'none'),
    kvOp('delete-tree', ''),
    kvOp('get', 'k'),
    endOfHolder,
    kvOp('cas', 'a', { ModifyIndex: 1 }),
  );
  expect(Results).toBeNull();
  expect(Errors?.map(({ OpIndex }) => OpIndex)).toEqual([0, 2, 4]);
  expect(await list('')).toEqual(before);
  expect(await sessionIds()).toEqual([holder, other]);
  expect(state.tables.tombstones.size).toBe(0);
  expect(state.lockDelays.isDelayed('held')).toBe(false);
});

describe('what the endpoint refuses before the log has it', () => {
  test('is every operation on a key without a name, but the deletion of all', async () => {
    const { txn, state } = await startTxn();
    const verbs = ['set', 'cas', 'delete', 'delete-cas', 'lock', 'unlock', 'get', 'get-tree', 'check-index'];
    const { Errors } = await txn(...verbs.map((verb) => kvOp(verb, '')));
    expect(Errors).toEqual(verbs.map((_, OpIndex) => ({ OpIndex, What: 'Must provide key' })));
    expect(state.index).toBe(5);
  });

  test('is a lock of a key with a lock delay, beside the others', async () => {
    const { txn, apply, session, destroy, state } = await startTxn();
    const lost = await session({ LockDelay: 1_000_000_000n });
    await apply('lock', 'k', { Session: lost });
    await destroy(lost);
    const { index } = state;
    const { Errors } = await txn(kvOp('set', 'new'), kvOp('lock', 'k', { Session: other }), kvOp('get', ''));
    expect(Errors).toEqual([
      { OpIndex: 1, What: 'failed to lock key "k" due to lock delay' },
      { OpIndex: 2, What: 'Must provide key' },
    ]);
    expect(state.index).toBe(index);
  });
});

describe('operations on sessions', () => {
  const op = (Verb: string, ID: string) =>
    create(TxnOp, { Session: { Verb, Session: create(Session, { ID }) } });

  test('end one, and release its keys', async () => {
    const { txn, get, sessionIds } = await startTxn();
    expect(await txn(op('delete', holder))).toEqual({ Results: [], Errors: null });
    expect(await sessionIds()).toEqual([other]);
    expect(await get('held')).toMatchObject({ Session: '', LockIndex: 1, ModifyIndex: 6 });
  });

  test.each([
    ['delete', unknownId, undefined],
    ['delete', 'x', 'failed session lookup: index error: UUID must be 36 characters'],
    ['set', holder, 'unknown Session verb "set"'],
  ])('%s of "%s": %s', async (verb, id, What) => {
    const { txn } = await startTxn();
    const { Errors } = await txn(op(verb, id));
    expect(Errors).toEqual(What === undefined ? null : [{ OpIndex: 0, What }]);
  });
});

test('an operation that says nothing, or is about an intention, is refused', async () => {
  const { txn } = await startTxn();
  const { Errors } = await txn(create(TxnOp), create(TxnOp, { Intention: {} }));
  expect(Errors).toEqual([
    { OpIndex: 0, What: 'no operation specified' },
    { OpIndex: 1, What: 'intentions are not kept here' },
  ]);
});

describe('Txn.Read', () => {
  test('answers gets and checks, with what is known of the leader, and writes no log', async () => {
    const { readTxn, state } = await startTxn();
    const reply = await readTxn(
      kvOp('get', 'k'),
      kvOp('check-index', 'k', { ModifyIndex: 4 }),
      kvOp('check-session', 'held', { Session: holder }),
      kvOp('check-not-exists', 'none'),
      kvOp('get-tree', 'h'),
    );
    expect(reply).toMatchObject({
      Results: results([
        made('k', { ...k, ...value('v') }),
        made('k', k),
        made('held', held),
        made('held', { ...held, ...value('h') }),
      ]),
      Errors: null,
      KnownLeader: true,
      LastContact: 0n,
    });
    expect(state.index).toBe(5);
  });

  test('names every operation that fails', async () => {
    const { readTxn } = await startTxn();
    expect(await readTxn(kvOp('get', 'none'), kvOp('get', 'k'), kvOp('check-not-exists', 'k'))).toMatchObject(
      {
        Results: null,
        Errors: [
          { OpIndex: 0, What: 'key "none" doesn\'t exist' },
          { OpIndex: 2, What: 'key "k" exists' },
        ],
      },
    );
  });

  test.each(['set', 'cas', 'delete', 'delete-cas', 'delete-tree', 'lock', 'unlock'])(
    'refuses to %s',
    async (verb) => {
      const { readTxn, list } = await startTxn();
      await expect(readTxn(kvOp('get', 'k'), kvOp(verb, 'k', { Session: holder }))).rejects.toMatchObject({
        code: 'CATALOG_REFUSED',
      });
      expect((await list('')).index).toBe(5);
    },
  );

  test('on a server that leads no more is refused, unless it may be stale', async () => {
    const { call, log } = await startTxn();
    await log.close();
    const asked = { Datacenter: 'dc1', Ops: [kvOp('get', 'k')] };
    await expect(call('Txn.Read', asked)).rejects.toMatchObject({ code: 'CATALOG_NOT_LEADER' });
    expect(await call('Txn.Read', { ...asked, AllowStale: true })).toMatchObject({
      Results: [{ KV: { Key: 'k' } }],
      KnownLeader: false,
    });
  });
});
