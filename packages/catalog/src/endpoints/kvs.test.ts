import { describe, expect, test } from 'vitest';
import { entry, type GivenEntry, startKeys, unknownId } from '../../test/key-calls.ts';
import { create, KvsRequest } from '../records/index.ts';

/** Every row of consensus-and-rpc.md 5.5, with literal values. The node `n1` is the first command, at index 1. */

const value = (text: string) => Buffer.from(text);

describe('set', () => {
  test('makes an entry, and replaces value and flags', async () => {
    const { apply, get } = await startKeys();
    await apply('set', 'k', { value: 'a', Flags: 7n });
    expect(await get('k')).toEqual({
      Key: 'k',
      Value: value('a'),
      Flags: 7n,
      Session: '',
      LockIndex: 0,
      ExpiresAt: '',
      CreateIndex: 2,
      ModifyIndex: 2,
    });
    await apply('set', 'k', { value: 'b' });
    expect(await get('k')).toMatchObject({ Value: value('b'), Flags: 0n, CreateIndex: 2, ModifyIndex: 3 });
  });

  test('changes nothing, and does not move the index, when all of it is the same', async () => {
    const { apply, get, list, state } = await startKeys();
    await apply('set', 'k', { value: 'a', Flags: 7n });
    await apply('set', 'k', { value: 'a', Flags: 7n });
    expect(state.index).toBe(3);
    expect(await get('k')).toMatchObject({ CreateIndex: 2, ModifyIndex: 2 });
    expect(await list('')).toEqual({ keys: ['k'], index: 2 });
  });

  test('leaves the holder of a key, and its LockIndex becomes 0', async () => {
    const { apply, get, session } = await startKeys();
    const Session = await session();
    await apply('lock', 'k', { Session });
    await apply('set', 'k', { value: 'a' });
    expect(await get('k')).toMatchObject({ Session, LockIndex: 0, Value: value('a'), ModifyIndex: 4 });
  });

  test('keeps flags of 64 bits and an empty value', async () => {
    const { apply, get } = await startKeys();
    await apply('set', 'k', { value: '', Flags: 18_446_744_073_709_551_615n });
    expect(await get('k')).toMatchObject({ Flags: 18_446_744_073_709_551_615n, Value: null });
  });

  test('takes a leading slash for a part of the key', async () => {
    const { apply, list } = await startKeys();
    await apply('set', '/k');
    await apply('set', 'k');
    expect((await list('')).keys).toEqual(['/k', 'k']);
    expect((await list('/')).keys).toEqual(['/k']);
  });
});

describe('cas', () => {
  test.each([
    { name: 'index 0 on no key', key: 'new', ModifyIndex: 0, is: true },
    { name: 'index 0 on a key', key: 'k', ModifyIndex: 0, is: false },
    { name: 'the index of the key', key: 'k', ModifyIndex: 2, is: true },
    { name: 'an older index', key: 'k', ModifyIndex: 1, is: false },
    { name: 'a newer index', key: 'k', ModifyIndex: 3, is: false },
    { name: 'an index on no key', key: 'new', ModifyIndex: 2, is: false },
  ])('$name: $is', async ({ key, ModifyIndex, is }) => {
    const { apply, get } = await startKeys();
    await apply('set', 'k', { value: 'old' });
    const before = await get(key);
    expect(await apply('cas', key, { value: 'new', ModifyIndex })).toBe(is);
    if (is) expect(await get(key)).toMatchObject({ Value: value('new'), ModifyIndex: 3 });
    else expect(await get(key)).toEqual(before);
  });

  test('is as set: the holder stays, and its LockIndex becomes 0', async () => {
    const { apply, get, session } = await startKeys();
    const Session = await session();
    await apply('lock', 'k', { Session });
    expect(await apply('cas', 'k', { value: 'a', ModifyIndex: 3 })).toBe(true);
    expect(await get('k')).toMatchObject({ Session, LockIndex: 0, ModifyIndex: 4 });
  });
});

describe('delete', () => {
  test('removes a key that is locked, too', async () => {
    const { apply, get, session } = await startKeys();
    await apply('lock', 'k', { Session: await session() });
    await apply('delete', 'k');
    expect(await get('k')).toBeUndefined();
  });

  test('succeeds for a key that is not there, and moves nothing', async () => {
    const { apply, list } = await startKeys();
    await apply('set', 'k');
    await expect(apply('delete', 'other')).resolves.toBe(false);
    expect(await list('')).toEqual({ keys: ['k'], index: 2 });
  });

  test.each([
    { name: 'no key', key: 'other', ModifyIndex: 9, is: true },
    { name: 'the index of the key', key: 'k', ModifyIndex: 2, is: true },
    { name: 'another index', key: 'k', ModifyIndex: 3, is: false },
    { name: 'index 0', key: 'k', ModifyIndex: 0, is: false },
  ])('delete-cas with $name: $is', async ({ key, ModifyIndex, is }) => {
    const { apply, list } = await startKeys();
    await apply('set', 'k');
    expect(await apply('delete-cas', key, { ModifyIndex })).toBe(is);
    expect((await list('')).keys).toEqual(is && key === 'k' ? [] : ['k']);
  });

  test.each([
    { prefix: 'a/', left: ['a', 'b'] },
    { prefix: 'a', left: ['b'] },
    { prefix: 'none', left: ['a', 'a/1', 'a/2', 'b'] },
    { prefix: '', left: [] },
  ])('delete-tree of "$prefix" leaves $left', async ({ prefix, left }) => {
    const { apply, list } = await startKeys();
    for (const key of ['a', 'a/1', 'a/2', 'b']) await apply('set', key);
    await apply('delete-tree', prefix);
    expect((await list('')).keys).toEqual(left);
  });
});

describe('lock', () => {
  test('of no key makes one with LockIndex 1', async () => {
    const { apply, get, session } = await startKeys();
    const Session = await session();
    expect(await apply('lock', 'k', { Session, value: 'a', Flags: 3n })).toBe(true);
    const made = { Session, LockIndex: 1, Value: value('a'), Flags: 3n, CreateIndex: 3, ModifyIndex: 3 };
    expect(await get('k')).toMatchObject(made);
  });

  test('of a free key adds 1 to its LockIndex, each time', async () => {
    const { apply, get, session } = await startKeys();
    const Session = await session();
    await apply('set', 'k');
    expect(await apply('lock', 'k', { Session })).toBe(true);
    expect(await get('k')).toMatchObject({ Session, LockIndex: 1 });
    await apply('unlock', 'k', { Session });
    expect(await apply('lock', 'k', { Session })).toBe(true);
    expect(await get('k')).toMatchObject({ Session, LockIndex: 2 });
  });

  test('by its holder sets the value, and leaves the LockIndex', async () => {
    const { apply, get, session } = await startKeys();
    const Session = await session();
    await apply('lock', 'k', { Session, value: 'a' });
    expect(await apply('lock', 'k', { Session, value: 'b' })).toBe(true);
    expect(await get('k')).toMatchObject({ Session, LockIndex: 1, Value: value('b'), ModifyIndex: 4 });
  });

  test('of a key that another one holds is false, and changes nothing', async () => {
    const { apply, get, session } = await startKeys();
    const [Session, other] = [await session(), await session()];
    await apply('lock', 'k', { Session, value: 'a' });
    const before = await get('k');
    expect(await apply('lock', 'k', { Session: other, value: 'b' })).toBe(false);
    expect(await get('k')).toEqual(before);
  });

  test.each([
    { Session: unknownId, message: `invalid session "${unknownId}"` },
    { Session: '', message: 'missing session' },
    {
      Session: 'x',
      message: 'failed session lookup: index error: UUID must be 36 characters',
    },
  ])('for the session "$Session" is refused: $message', async ({ Session, message }) => {
    const { apply, get } = await startKeys();
    await expect(apply('lock', 'k', { Session })).rejects.toMatchObject({ code: 'CATALOG_REFUSED', message });
    expect(await get('k')).toBeUndefined();
  });

  test('is refused for a session that has ended', async () => {
    const { apply, session, destroy } = await startKeys();
    const Session = await session();
    await destroy(Session);
    await expect(apply('lock', 'k', { Session })).rejects.toThrow(`invalid session "${Session}"`);
  });
});

describe('unlock', () => {
  test('by the holder frees the key, sets the value, and keeps the LockIndex', async () => {
    const { apply, get, session } = await startKeys();
    const Session = await session();
    await apply('lock', 'k', { Session, value: 'a' });
    expect(await apply('unlock', 'k', { Session, value: 'b', Flags: 2n })).toBe(true);
    const freed = { Session: '', LockIndex: 1, Value: value('b'), Flags: 2n, ModifyIndex: 4 };
    expect(await get('k')).toMatchObject(freed);
  });

  const unheld: readonly { name: string; holds: boolean; key: string; by: 'holder' | 'other' }[] = [
    { name: 'a key that is not held', holds: false, key: 'k', by: 'holder' },
    { name: 'a missing key', holds: false, key: 'none', by: 'holder' },
    { name: 'a key of another session', holds: true, key: 'k', by: 'other' },
  ];
  test.each(unheld)('of $name is false, and changes nothing', async ({ holds, key, by }) => {
    const { apply, get, session } = await startKeys();
    const [holder, other] = [await session(), await session()];
    await apply('set', 'k');
    if (holds) await apply('lock', 'k', { Session: holder });
    const before = await get(key);
    const Session = by === 'holder' ? holder : other;
    expect(await apply('unlock', key, { Session, value: 'x' })).toBe(false);
    expect(await get(key)).toEqual(before);
  });

  test('without a session is refused', async () => {
    const { apply } = await startKeys();
    await expect(apply('unlock', 'k')).rejects.toThrow('missing session');
  });
});

describe('a request', () => {
  test.each(['set', 'cas', 'delete', 'delete-cas', 'lock', 'unlock'] as const)(
    'to %s without a key is refused',
    async (op) => {
      const { apply, state } = await startKeys();
      await expect(apply(op, '')).rejects.toMatchObject({ message: 'Must provide key' });
      expect(state.index).toBe(1);
    },
  );

  test('for another datacenter, or of an unknown kind, is refused', async () => {
    const { call } = await startKeys();
    const given = (over: Partial<KvsRequest>) =>
      call('KVS.Apply', create(KvsRequest, { Datacenter: 'dc1', DirEnt: entry('k'), ...over }));
    await expect(given({ Datacenter: 'dc9', Op: 'set' })).rejects.toThrow('No path to datacenter');
    await expect(given({ Op: 'swap' })).rejects.toThrow("Invalid KVS operation 'swap'");
  });
});

describe('lists', () => {
  const all = ['a/1', 'a/2/x', 'a/2/y', 'ab', 'b'];
  const filled = async () => {
    const started = await startKeys();
    for (const key of [...all].reverse()) await started.apply('set', key);
    return started;
  };

  test.each([
    { prefix: '', keys: all },
    { prefix: 'a', keys: ['a/1', 'a/2/x', 'a/2/y', 'ab'] },
    { prefix: 'a/', keys: ['a/1', 'a/2/x', 'a/2/y'] },
    { prefix: 'ab', keys: ['ab'] },
    { prefix: 'c', keys: [] },
  ])('under "$prefix" are $keys: a prefix is text, and no path', async ({ prefix, keys }) => {
    const { list } = await filled();
    expect((await list(prefix)).keys).toEqual(keys);
  });

  test.each([
    { prefix: '', separator: '', keys: all },
    { prefix: '', separator: '/', keys: ['a/', 'ab', 'b'] },
    { prefix: 'a/', separator: '/', keys: ['a/1', 'a/2/'] },
    { prefix: 'a/2/', separator: '/', keys: ['a/2/x', 'a/2/y'] },
    { prefix: 'a', separator: '/', keys: ['a/', 'ab'] },
    { prefix: '', separator: '/2/', keys: ['a/1', 'a/2/', 'ab', 'b'] },
    { prefix: '', separator: '#', keys: all },
  ])('of keys under "$prefix" up to "$separator" are $keys', async ({ prefix, separator, keys }) => {
    const { keys: listed } = await filled();
    expect(await listed(prefix, separator)).toEqual(keys);
  });

  // U+DCxx is a byte by itself: ü has the bytes C3 BC, é has C3 A9.
  test.each([
    { prefix: '', separator: '\udcc3', keys: ['a\udcc3'] },
    { prefix: '', separator: '\udcbc', keys: ['aé', 'aü'] },
    { prefix: 'a\udcc3', separator: '\udcbc', keys: ['aé', 'aü'] },
    { prefix: 'a', separator: 'ü', keys: ['aé', 'aü'] },
  ])('may be cut within a character: "$prefix", "$separator"', async ({ prefix, separator, keys }) => {
    const { apply, keys: listed } = await startKeys();
    for (const key of ['aü1', 'aü2', 'aé']) await apply('set', key);
    expect(await listed(prefix, separator)).toEqual(keys);
  });
});

describe('tombstones', () => {
  const setThen = async (
    given: readonly (readonly [Parameters<Keys['apply']>[0], string, GivenEntry?])[],
  ) => {
    const started = await startKeys();
    for (const [op, key, rest] of given) await started.apply(op, key, rest);
    return started;
  };
  type Keys = Awaited<ReturnType<typeof startKeys>>;
  const tombstonesOf = ({ state }: Keys) =>
    state.tables.tombstones.list('').map(({ key, index }) => [key, index]);

  test('keep the index of a list from going back', async () => {
    const started = await setThen([
      ['set', 'a/1'],
      ['set', 'a/2'],
      ['set', 'b'],
      ['delete', 'a/2'],
    ]);
    expect(tombstonesOf(started)).toEqual([['a/2', 5]]);
    expect(await started.list('a/')).toEqual({ keys: ['a/1'], index: 5 });
    expect(await started.list('b')).toEqual({ keys: ['b'], index: 4 });
  });

  test('of a tree are one', async () => {
    const started = await setThen([
      ['set', 'a/1'],
      ['set', 'a/2'],
      ['delete-tree', 'a/'],
    ]);
    expect(tombstonesOf(started)).toEqual([['a/', 4]]);
    expect(await started.list('a/')).toEqual({ keys: [], index: 4 });
  });

  test('of everything are none', async () => {
    const started = await setThen([
      ['set', 'a/1'],
      ['set', 'a/2'],
      ['delete-tree', ''],
    ]);
    expect(tombstonesOf(started)).toEqual([]);
    expect(await started.list('')).toEqual({ keys: [], index: 4 });
  });

  test('move the index that a read of a missing key reports', async () => {
    const { call } = await setThen([
      ['set', 'a'],
      ['set', 'b'],
      ['delete', 'b'],
    ]);
    expect(await call('KVS.Get', { Datacenter: 'dc1', Key: 'none' })).toMatchObject({
      Entries: [],
      Index: 4,
    });
    expect(await call('KVS.Get', { Datacenter: 'dc1', Key: 'a' })).toMatchObject({ Index: 2 });
  });
});
