import { create, HealthCheck } from '@hobnob/catalog/records';
import { expect, test } from 'vitest';
import { LocalState } from './local-state.ts';

const rest = { fields: undefined, definition: undefined, token: '', source: 'remote' } as const;
const check = (CheckID: string, ServiceID = '') =>
  create(HealthCheck, { Node: 'me', CheckID, Name: CheckID, Status: 'critical', ServiceID });

test('the last ten changes of a status are kept, and the time of each result', () => {
  const state = new LocalState({ outputDelayMs: 0 });
  state.setCheck({ record: check('c'), ...rest }, { wallMs: 1 });
  expect(state.checks.get('c')).toMatchObject({ checkedAtMs: undefined, changedAtMs: 1, transitions: [] });
  for (let n = 1; n <= 12; n += 1) {
    const status = n % 2 === 0 ? 'critical' : 'passing';
    state.report('c', { status, output: `run ${n}` }, { nowMs: 0, wallMs: n * 100 }, 0);
    state.report('c', { status, output: `again ${n}` }, { nowMs: 0, wallMs: n * 100 + 50 }, 0);
  }
  const { checkedAtMs, changedAtMs, transitions, record } = state.checks.get('c') ?? {};
  expect({ checkedAtMs, changedAtMs }).toEqual({ checkedAtMs: 1_250, changedAtMs: 1_200 });
  expect(record?.Output).toBe('again 12');
  expect(transitions).toHaveLength(10);
  expect(transitions?.[0]).toEqual({ atMs: 300, status: 'passing', output: 'run 3' });
  expect(transitions?.at(-1)).toEqual({ atMs: 1_200, status: 'critical', output: 'run 12' });
});

test('the checks of a service come in the order of registration, and one that moves is there no more', () => {
  const state = new LocalState({ outputDelayMs: 0 });
  for (const id of ['b', 'a']) state.setCheck({ record: check(id, 'w'), ...rest }, { wallMs: 0 });
  const ids = (service: string) => state.checksOf(service).map(({ record }) => record.CheckID);
  expect(ids('w')).toEqual(['b', 'a']);
  state.setCheck({ record: check('b', 'v'), ...rest }, { wallMs: 0 });
  expect([ids('w'), ids('v')]).toEqual([['a'], ['b']]);
  state.removeCheck('a');
  state.removeCheck('unknown');
  expect(ids('w')).toEqual([]);
});

test('an output alone waits between half and one and a half of the interval, once', () => {
  for (const [random, dueMs] of [
    [0, 150_000],
    [0.999, 449_700],
  ] as const) {
    const state = new LocalState({ outputDelayMs: 300_000 });
    state.setCheck({ record: check('c'), ...rest }, { wallMs: 0 });
    state.staleChecks.clear();
    const moment = { nowMs: 0, wallMs: 0 };
    state.report('c', { status: 'critical', output: 'one' }, moment, random);
    state.report('c', { status: 'critical', output: 'two' }, { nowMs: 1_000, wallMs: 0 }, 0.5);
    expect(state.nextDeadlineMs()).toBeCloseTo(dueMs);
    expect(state.staleChecks.size).toBe(0);
    state.removeCheck('c');
    expect(state.nextDeadlineMs()).toBeUndefined();
  }
});
