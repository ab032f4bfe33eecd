import { expect, test } from 'vitest';
import { deregister, register } from '../../test/requests.ts';
import {
  create,
  HealthCheck,
  NodeRecord,
  Session,
  SessionRequest,
  TxnOp,
  TxnRequest,
} from '../records/index.ts';
import { type Command, isLarge } from './commands.ts';
import { Store } from './store.ts';

const sessionsCount = 300;
const check = { CheckID: 'c', Name: 'c', Status: 'passing' };

/** A node with one check, on which all sessions depend; none holds a key. */
function withSessions(): Store {
  const store = new Store();
  store.apply(1, register({ node: 'n1', check }));
  for (let at = 0; at < sessionsCount; at += 1) {
    const ID = `00000000-0000-0000-0000-${String(at).padStart(12, '0')}`;
    const body = create(SessionRequest, {
      Op: 'create',
      Session: create(Session, { ID, Node: 'n1', NodeChecks: ['c'] }),
    });
    expect(store.apply(store.index + 1, { type: 3, body }).error).toBeUndefined();
  }
  return store;
}

const txn = (op: Partial<TxnOp>): Command => ({
  type: 8,
  body: create(TxnRequest, { Ops: [create(TxnOp, op)] }),
});
const critical = create(HealthCheck, { Node: 'n1', ...check, Status: 'critical' });

test.each<readonly [string, Command]>([
  ['of a node that goes', deregister('n1')],
  ['of a check that goes', deregister('n1', { CheckID: 'c' })],
  ['of a check that becomes critical', register({ node: 'n1', check: { ...check, Status: 'critical' } })],
  [
    'of a node that a transaction removes',
    txn({ Node: { Verb: 'delete', Node: create(NodeRecord, { Node: 'n1' }) } }),
  ],
  ['of a check that a transaction makes critical', txn({ Check: { Verb: 'set', Check: critical } })],
])('sessions %s end one by one, and others run in between', (_, command) => {
  const store = withSessions();
  expect(isLarge(store.tables, command)).toBe(true);
  const { index } = store;
  const steps = store.applyInSteps(index + 1, command);
  let count = 0;
  let isAllDone = false;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) {
    count += 1;
    // Nobody sees anything of it before all is shown at once.
    expect(isAllDone).toBe(false);
    expect(store.index).toBe(index);
    expect(store.tables.sessions.size).toBe(sessionsCount);
    isAllDone = step.value === 'done';
  }
  expect(isAllDone).toBe(true);
  expect(store.index).toBe(index + 1);
  expect(step.value.error).toBeUndefined();
  expect(count).toBeGreaterThanOrEqual(sessionsCount);
  expect(store.tables.sessions.size).toBe(0);
});

test('a check that no session depends on is a small change', () => {
  const store = withSessions();
  const other = { CheckID: 'other', Name: 'other', ServiceID: '', Status: 'critical' };
  expect(isLarge(store.tables, register({ node: 'n2', check: other }))).toBe(false);
  expect(
    isLarge(
      store.tables,
      txn({ Check: { Verb: 'set', Check: create(HealthCheck, { ...other, Node: 'n2' }) } }),
    ),
  ).toBe(false);
});
