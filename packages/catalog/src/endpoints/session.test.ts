import { describe, expect, test } from 'vitest';
import { kvOp, startKeys, unknownId } from '../../test/key-calls.ts';
import { deregister, registration } from '../../test/requests.ts';
import { create, DeregisterRequest, Session, SessionRequest, SessionServiceCheck } from '../records/index.ts';

/** Every row of consensus-and-rpc.md 5.4, with literal values. The node `n1` is the first command, at index 1. */

const dc = { Datacenter: 'dc1' };
const second = 1_000_000_000n;

/** A server whose node `n1` has the checks `passing`, `warning` and `critical`, at the indexes 2, 3 and 4. */
async function startWithChecks() {
  const started = await startKeys();
  const setCheck = (CheckID: string, Status: string) =>
    started.call('Catalog.Register', registration({ node: 'n1', check: { CheckID, Name: CheckID, Status } }));
  for (const status of ['passing', 'warning', 'critical']) await setCheck(status, status);
  return { ...started, setCheck };
}

describe('a new session', () => {
  test('has an id of the leader, and what was given', async () => {
    const { call, session } = await startKeys();
    const id = await session({ ID: unknownId, Name: 'me', TTL: '10s', LockDelay: 3n * second });
    expect(id).toBe('00000000-0000-0000-0000-000000000001');
    const { Sessions, Index } = await call('Session.Get', { ...dc, SessionID: id });
    expect({ Sessions, Index }).toEqual({
      Sessions: [
        {
          ID: id,
          Name: 'me',
          Node: 'n1',
          LockDelay: 3n * second,
          Behavior: 'release',
          TTL: '10s',
          NodeChecks: null,
          ServiceChecks: null,
          Checks: null,
          CreateIndex: 2,
          ModifyIndex: 2,
        },
      ],
      Index: 2,
    });
  });

  test('gets no id that is in use', async () => {
    const { state, log, session } = await startKeys();
    const taken = create(Session, { ID: '00000000-0000-0000-0000-000000000001', Node: 'n1' });
    await log.propose({ type: 3, body: create(SessionRequest, { ...dc, Op: 'create', Session: taken }) });
    expect(await session()).toBe('00000000-0000-0000-0000-000000000002');
    expect(state.tables.sessions.size).toBe(2);
  });

  test('has no checks and no lock delay where none are given: the HTTP layer fills them in', async () => {
    const { call, session, apply, destroy } = await startKeys();
    const Session = await session();
    const [found] = (await call('Session.Get', { ...dc, SessionID: Session })).Sessions;
    expect(found).toMatchObject({ NodeChecks: null, LockDelay: 0n });
    await apply('lock', 'k', { Session });
    await destroy(Session);
    expect(await apply('lock', 'k', { Session: await session() })).toBe(true);
  });

  const refusals: readonly (readonly [string, Partial<Session>])[] = [
    ['Must provide Node', { Node: '' }],
    ['Missing node registration', { Node: 'nowhere' }],
    ["Missing check 'x' registration", { NodeChecks: ['x'] }],
    ["Missing check 'x' registration", { Checks: ['x'] }],
    ["Missing check 'x' registration", { ServiceChecks: [create(SessionServiceCheck, { ID: 'x' })] }],
    ["Missing check 'x' registration", { NodeChecks: ['passing', 'x'] }],
    ["Check 'critical' is in critical state", { NodeChecks: ['passing', 'critical'] }],
    ["Invalid Behavior setting 'keep'", { Behavior: 'keep' }],
    ["Invalid Session TTL '9999999999', must be between [10s=24h0m0s]", { TTL: '9.999999999s' }],
    ["Invalid Session TTL '86400000000001', must be between [10s=24h0m0s]", { TTL: '24h0m0.000000001s' }],
    ["Invalid Session TTL '-10000000000', must be between [10s=24h0m0s]", { TTL: '-10s' }],
    ['Session TTL \'ten\' invalid: time: invalid duration "ten"', { TTL: 'ten' }],
  ];
  test.each(refusals)('is refused with "%s"', async (message, given) => {
    const { session, sessionIds, state } = await startWithChecks();
    await expect(session(given)).rejects.toMatchObject({ code: 'CATALOG_REFUSED', message });
    expect(await sessionIds()).toEqual([]);
    expect(state.tables.sessionChecks.size).toBe(0);
  });

  test.each<Partial<Session>>([
    { NodeChecks: [] },
    { NodeChecks: ['passing', 'warning'] },
    { Checks: ['passing'] },
    { TTL: '' },
    { TTL: '0s' },
    { TTL: '10s' },
    { TTL: '24h' },
    { Behavior: 'release' },
    { Behavior: 'delete' },
    { Node: 'N1' },
  ])('may have %j', async (given) => {
    const { session, sessionIds } = await startWithChecks();
    const id = await session(given);
    expect(await sessionIds()).toEqual([id]);
  });

  test('depends on checks of its own node alone', async () => {
    const { session, register } = await startWithChecks();
    await register({ node: 'n2' });
    await expect(session({ Node: 'n2', NodeChecks: ['passing'] })).rejects.toThrow(
      "Missing check 'passing' registration",
    );
  });
});

type Started = Awaited<ReturnType<typeof startWithChecks>>;

const ends: readonly { readonly name: string; readonly end: (started: Started, id: string) => unknown }[] = [
  { name: 'it is destroyed', end: ({ destroy }, id) => destroy(id) },
  { name: 'a check of it turns critical', end: ({ setCheck }) => setCheck('passing', 'critical') },
  {
    name: 'a check of it is deleted',
    end: ({ call }) =>
      call('Catalog.Deregister', create(DeregisterRequest, { ...dc, Node: 'n1', CheckID: 'passing' })),
  },
  { name: 'its node is deleted', end: ({ log }) => log.propose(deregister('n1')) },
  {
    name: 'its time has passed',
    async end({ clock }) {
      clock.advance(20_000);
      await Promise.resolve();
    },
  },
];

describe.each(ends)('when $name', ({ end }) => {
  const given = { NodeChecks: ['passing'], TTL: '10s' };

  test('it is gone, with its rows of checks', async () => {
    const started = await startWithChecks();
    const id = await started.session(given);
    expect(started.state.tables.sessionChecks.size).toBe(1);
    await end(started, id);
    expect(await started.sessionIds()).toEqual([]);
    expect(started.state.tables.sessionChecks.size).toBe(0);
  });

  test('its keys are released, all at one index, with their LockIndex', async () => {
    const started = await startWithChecks();
    const { apply, get, session, state } = started;
    const Session = await session(given);
    await apply('lock', 'a', { Session, value: 'x', Flags: 5n });
    await apply('lock', 'b', { Session });
    await apply('set', 'free');
    const free = await get('free');
    await end(started, Session);
    const { index } = state;
    const released = { Session: '', LockIndex: 1, Flags: 5n, Value: Buffer.from('x') };
    expect(await get('a')).toMatchObject({ ...released, CreateIndex: 6, ModifyIndex: index });
    expect(await get('b')).toMatchObject({ Session: '', LockIndex: 1, ModifyIndex: index });
    expect(await get('free')).toEqual(free);
  });

  test('its keys are deleted where it says so, and leave tombstones', async () => {
    const started = await startWithChecks();
    const { apply, list, session, state } = started;
    const Session = await session({ ...given, Behavior: 'delete' });
    await apply('lock', 'a', { Session });
    await apply('lock', 'b', { Session });
    await apply('unlock', 'b', { Session });
    await end(started, Session);
    expect(await list('')).toEqual({ keys: ['b'], index: state.index });
    expect(state.tables.tombstones.list('').map(({ key }) => key)).toEqual(['a']);
  });

  test('its keys cannot be locked until the lock delay has passed, alone or in a transaction', async () => {
    const started = await startWithChecks();
    const { apply, session, txn, register, clock } = started;
    const Session = await session({ ...given, LockDelay: 3n * second });
    await apply('lock', 'k', { Session });
    await end(started, Session);
    // The node may be gone too.
    await register({ node: 'n1' });
    const next = { Session: await session() };
    expect(await apply('lock', 'k', next)).toBe(false);
    expect(await apply('lock', 'other', next)).toBe(true);
    expect((await txn(kvOp('lock', 'k', next))).Errors).toEqual([
      { OpIndex: 0, What: 'failed to lock key "k" due to lock delay' },
    ]);
    clock.advance(2_999);
    expect(await apply('lock', 'k', next)).toBe(false);
    clock.advance(1);
    expect(await apply('lock', 'k', next)).toBe(true);
  });
});

test.each([
  { given: 0n, ms: 0 },
  { given: 1_500_000n, ms: 1.5 },
  { given: 60n * second, ms: 60_000 },
  { given: 61n * second, ms: 60_000 },
  { given: -1n * second, ms: 0 },
])('a lock delay of $given ns is one of $ms ms', async ({ given, ms }) => {
  const { apply, session, destroy, clock } = await startKeys();
  const Session = await session({ LockDelay: given });
  const next = { Session: await session() };
  await apply('lock', 'k', { Session });
  await destroy(Session);
  if (ms > 0) {
    clock.advance(ms - 0.5);
    expect(await apply('lock', 'k', next)).toBe(false);
    clock.advance(0.5);
  }
  expect(await apply('lock', 'k', next)).toBe(true);
});

test('there is no lock delay where the holder gives the key up itself', async () => {
  const { apply, session } = await startKeys();
  const Session = await session({ LockDelay: 3n * second });
  await apply('lock', 'k', { Session });
  await apply('unlock', 'k', { Session });
  expect(await apply('lock', 'k', { Session: await session() })).toBe(true);
});

test('a lock delay is no part of the state: none is left when another state is restored', async () => {
  const { apply, session, destroy, log, state } = await startKeys();
  const Session = await session({ LockDelay: 60n * second });
  const next = { Session: await session() };
  await apply('lock', 'k', { Session });
  const snapshot = state.snapshot();
  await destroy(Session);
  expect(await apply('lock', 'k', next)).toBe(false);
  await log.restore(snapshot);
  // The session that held the key has it again.
  expect(await apply('lock', 'k', { Session })).toBe(true);
  await apply('unlock', 'k', { Session });
  expect(await apply('lock', 'k', next)).toBe(true);
});

test('a lock delay keeps nobody from writing the key', async () => {
  const { apply, session, destroy, get } = await startKeys();
  const Session = await session({ LockDelay: 3n * second });
  await apply('lock', 'k', { Session });
  await destroy(Session);
  await apply('set', 'k', { value: 'x' });
  expect(await get('k')).toMatchObject({ Value: Buffer.from('x'), Session: '', LockIndex: 0 });
});

describe('to destroy', () => {
  test('an unknown session succeeds', async () => {
    const { destroy } = await startKeys();
    expect(await destroy(unknownId)).toBe('');
  });

  test.each([
    ['', 'Must provide ID'],
    ['x', 'failed session lookup: index error: UUID must be 36 characters'],
  ])('"%s" is refused: %s', async (id, message) => {
    const { destroy } = await startKeys();
    await expect(destroy(id)).rejects.toThrow(message);
  });
});

describe('to renew', () => {
  test('a session answers it', async () => {
    const { call, session } = await startKeys();
    const SessionID = await session({ TTL: '10s' });
    const { Sessions } = await call('Session.Renew', { ...dc, SessionID });
    expect(Sessions).toMatchObject([{ ID: SessionID, TTL: '10s', ModifyIndex: 2 }]);
  });

  test('an unknown session answers none', async () => {
    const { call } = await startKeys();
    expect((await call('Session.Renew', { ...dc, SessionID: unknownId })).Sessions).toEqual([]);
  });
});

test('the sessions of a node are its own, in whatever case it is written', async () => {
  const { call, session } = await startKeys({ nodesCount: 2 });
  const [mine] = [await session(), await session({ Node: 'n2' })];
  const { Sessions } = await call('Session.NodeSessions', { ...dc, Node: 'N1' });
  expect(Sessions.map(({ ID }) => ID)).toEqual([mine]);
});
