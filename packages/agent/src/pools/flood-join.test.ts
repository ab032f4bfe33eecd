import { VirtualClock } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';
import { FakeGossip, member, serverTags } from '../../test/fake-gossip.ts';
import { recordingLogger } from '../../test/recording-logger.ts';
import { floodJoin, floodSeeds } from './flood-join.ts';

const own = { datacenter: 'dc1', wanPort: 9302 };
const s1 = member('s1', { tags: serverTags() });

test('a LAN server that the WAN lacks becomes a seed with its WAN name and port', () => {
  expect(floodSeeds([s1], [], own)).toEqual(['s1.dc1/10.0.0.1:8302']);
});

test('without an announced port ours is tried', () => {
  const { wan_join_port: _, ...tags } = serverTags();
  expect(floodSeeds([member('s1', { tags, address: { host: '::1', port: 1 } })], [], own)).toEqual([
    's1.dc1/[::1]:9302',
  ]);
});

test.each([
  ['is on the WAN already', [s1], [member('s1.dc1')]],
  ['is a client', [member('c1', { tags: serverTags({ role: 'node' }) })], []],
  ['has failed', [{ ...s1, status: 'failed' as const }], []],
  ['is of another datacenter', [member('s1', { tags: serverTags({ dc: 'dc2' }) })], []],
])('flood join leaves out a member that %s', (_why, lanMembers, wanMembers) => {
  expect(floodSeeds(lanMembers, wanMembers, own)).toEqual([]);
});

test('one that failed on the WAN is tried again', () => {
  expect(floodSeeds([s1], [member('s1.dc1', { status: 'failed' })], own)).toHaveLength(1);
});

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('floods when a server appears and every minute, and stops without a trace', async () => {
  const clock = new VirtualClock();
  const { lines: _lines, ...logger } = recordingLogger();
  const lan = new FakeGossip({ name: 'me' });
  const wan = new FakeGossip({ name: 'me.dc1', bind: { port: 8302 } });
  wan.found = new Error('no answer');
  const stop = new AbortController();
  const done = floodJoin({ lan, wan, datacenter: 'dc1', clock, logger }, stop.signal);
  await settle();
  expect(wan.calls).toEqual([]);
  lan.appear(s1);
  await settle();
  expect(wan.calls).toEqual(['join s1.dc1/10.0.0.1:8302']);
  wan.found = [member('s1.dc1')];
  clock.advance(60_000);
  await settle();
  expect(wan.calls).toHaveLength(2);
  clock.advance(60_000);
  await settle();
  expect(wan.calls).toHaveLength(2);
  stop.abort();
  await done;
  expect(clock.pendingCount).toBe(0);
});
