import { expect, test } from 'vitest';
import { History, listOf } from './history.ts';

const failed = (name: string) => ({
  type: 'member-failed' as const,
  members: [
    {
      name,
      address: { host: '10.0.0.1', port: 7946 },
      tags: {},
      status: 'failed' as const,
      versions: {
        protocolMin: 0,
        protocolMax: 0,
        protocolCur: 0,
        delegateMin: 0,
        delegateMax: 0,
        delegateCur: 0,
      },
    },
  ],
});

test('holds actions of the scenario, and events and log lines of members', () => {
  const history = new History(undefined);
  history.add(0, undefined, 'crash m5');
  history.add(1500.25, 'm1', { type: 'log', message: 'suspecting a member', fields: { member: 'm5' } });
  history.add(4000, 'm1', failed('m5'));
  history.add(4001, 'm2', {
    type: 'user-event',
    name: 'deploy',
    payload: new Uint8Array(),
    lamportTime: 1,
    coalesce: false,
  });
  expect(history.lines()).toEqual([
    '       0.0 ms  * crash m5',
    '    1500.3 ms  m1: suspecting a member {"member":"m5"}',
    '    4000.0 ms  m1: member-failed m5',
    '    4001.0 ms  m2: user-event deploy',
  ]);
});

test('the same entry of several members in a row is one line that names each once', () => {
  const history = new History(undefined);
  for (const observer of ['m1', 'm2', 'm1', 'm3', 'm4', 'm6']) history.add(7, observer, failed('m5'));
  history.add(8, 'm1', failed('m7'));
  history.add(9, undefined, 'crash m1');
  history.add(9, undefined, 'crash m1');
  expect(history.lines()).toEqual([
    '       7.0 ms  m1, m2, m3 and 2 more: member-failed m5',
    '       8.0 ms  m1: member-failed m7',
    '       9.0 ms  * crash m1',
    '       9.0 ms  * crash m1',
  ]);
});

test('events of one member at one moment are one line', () => {
  const history = new History(undefined);
  history.add(7, 'm1', failed('m5'));
  history.add(7, 'm1', failed('m6'));
  history.add(7, 'm2', failed('m5'));
  history.add(7, 'm2', failed('m6'));
  history.add(8, 'm2', failed('m7'));
  expect(history.lines()).toEqual([
    '       7.0 ms  m1, m2: member-failed m5, m6',
    '       8.0 ms  m2: member-failed m7',
  ]);
});

test('drops the oldest entries and keeps the order', () => {
  const history = new History(undefined);
  for (let i = 0; i < 10_000; i += 1) history.add(i, undefined, `step ${i}`);
  const lines = history.lines();
  expect(lines).toHaveLength(4096);
  expect(lines[0]).toContain('step 5904');
  expect(lines.at(-1)).toContain('step 9999');
  history.clear();
  history.add(1, undefined, 'afresh');
  expect(history.lines()).toEqual(['       1.0 ms  * afresh']);
});

test('a trace gets every line as it happens, one for each observer', () => {
  const lines: string[] = [];
  const history = new History((line) => lines.push(line));
  history.add(7, 'm1', failed('m5'));
  history.add(7, 'm2', failed('m5'));
  expect(lines).toEqual(['       7.0 ms  m1: member-failed m5', '       7.0 ms  m2: member-failed m5']);
});

test('a long list of names is shortened', () => {
  const names = Array.from({ length: 11 }, (_, i) => `m${i + 1}`);
  expect(listOf(names)).toBe('m1, m2, m3, m4, m5, m6, m7, m8 and 3 more');
  expect(listOf(names.slice(0, 2))).toBe('m1, m2');
});
