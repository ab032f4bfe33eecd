import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { settle } from '../../test/agent-on-fakes.ts';
import { EventLog } from './event-log.ts';

function record(number: number, name = 'deploy') {
  const ID = `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`;
  return {
    ID,
    Name: name,
    Payload: null,
    NodeFilter: '',
    ServiceFilter: '',
    TagFilter: '',
    Version: 1,
    LTime: number,
  };
}

function setUp() {
  const clock = new VirtualClock();
  const closing = new AbortController();
  const gone = new AbortController();
  const log = new EventLog(clock, closing.signal);
  const wait = { index: 1n, timeoutMs: 1000, signal: gone.signal };
  return { clock, closing, gone, log, wait };
}

test('the last 256 events are kept, the oldest first', () => {
  const { log } = setUp();
  for (let number = 1; number <= 300; number += 1) log.add(record(number));
  const { events } = log.list('');
  expect([events.length, events[0]?.LTime, events.at(-1)?.LTime]).toEqual([256, 45, 300]);
});

test('an event that comes late takes the place of its time, and the newest stays the last', () => {
  const { log } = setUp();
  for (const time of [1, 3, 2]) log.add(record(time));
  const { events, index } = log.list('');
  expect(events.map(({ LTime }) => LTime)).toEqual([1, 2, 3]);
  expect(index).toBe(3n);
});

test('a name chooses, and the index stands for the last event of that name', () => {
  const { log } = setUp();
  log.add(record(0x10));
  log.add(record(0x20, 'other'));
  expect(log.list('deploy').events.map(({ Name }) => Name)).toEqual(['deploy']);
  expect(log.list('deploy').index).not.toBe(log.list('').index);
  expect(log.list('none')).toEqual({ events: [], index: 1n });
});

test('who knows another list gets the one of now', async () => {
  const { log, wait } = setUp();
  expect(await log.listAfter('', { ...wait, index: 5n })).toEqual({ events: [], index: 1n });
  expect(log.waitersCount).toBe(0);
});

test('an event of the name ends the wait, one of another name does not', async () => {
  const { log, wait, clock } = setUp();
  const waiting = log.listAfter('deploy', wait);
  log.add(record(1, 'other'));
  await settle();
  expect(log.waitersCount).toBe(1);
  log.add(record(2));
  expect((await waiting).events).toEqual([record(2)]);
  expect([log.waitersCount, clock.pendingCount]).toEqual([0, 0]);
});

test('when the time is over the same list is the answer', async () => {
  const { log, wait, clock } = setUp();
  const waiting = log.listAfter('', wait);
  clock.advance(999);
  await settle();
  expect(log.waitersCount).toBe(1);
  clock.advance(1);
  expect(await waiting).toEqual({ events: [], index: 1n });
  expect(log.waitersCount).toBe(0);
});

test.each(['gone', 'closing'] as const)(
  'nothing is left of a wait when the client or the agent goes: %s',
  async (who) => {
    const { log, wait, clock, ...ends } = setUp();
    const waiting = log.listAfter('', wait);
    ends[who].abort();
    expect(await waiting).toEqual({ events: [], index: 1n });
    expect([log.waitersCount, clock.pendingCount]).toEqual([0, 0]);
    expect(await log.listAfter('', wait)).toEqual({ events: [], index: 1n });
  },
);

test('only so many may wait', async () => {
  const { log, wait } = setUp();
  const clients = Array.from({ length: 1024 }, () => new AbortController());
  const waiting = clients.map(({ signal }) => log.listAfter('', { ...wait, signal }));
  await expect(log.listAfter('', wait)).rejects.toMatchObject({ code: 'AGENT_BUSY' });
  for (const client of clients) client.abort();
  await Promise.all(waiting);
  expect(log.waitersCount).toBe(0);
});
