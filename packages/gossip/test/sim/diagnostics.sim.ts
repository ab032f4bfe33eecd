import { type ChannelListener, subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { GossipDiagnostics } from '@hobnob/gossip';
import { createTestCluster } from '@hobnob/gossip/testing';
import { expect, test } from 'vitest';

test('diagnostics channels publish what a member does, with its name', async ({ onTestFinished }) => {
  const seen = <N extends keyof GossipDiagnostics>(name: N): GossipDiagnostics[N][] => {
    const messages: GossipDiagnostics[N][] = [];
    const listener: ChannelListener = (message) => messages.push(message as GossipDiagnostics[N]);
    subscribe(name, listener);
    onTestFinished(() => {
      unsubscribe(name, listener);
    });
    return messages;
  };
  const [joins, events] = [seen('hobnob:gossip:join'), seen('hobnob:gossip:event')];
  const [packets, queries, dropped] = [
    seen('hobnob:gossip:packet'),
    seen('hobnob:gossip:query'),
    seen('hobnob:gossip:dropped'),
  ];
  const errors = seen('hobnob:gossip:error');
  await using cluster = await createTestCluster({ nodes: 1, seed: 31 });
  const gossip = cluster.gossip('m1');
  await cluster.restart('m2', { host: '10.0.0.9', gossip: { label: 'another' } });
  await expect(cluster.settle(gossip.join([cluster.addressOf('m2').host]))).rejects.toThrow('no seed');
  expect(joins.at(-1)).toMatchObject({ member: 'm1', seeds: [cluster.addressOf('m2').host], joinedCount: 0 });
  expect(joins.at(-1)?.error).toMatchObject({ code: 'GOSSIP_JOIN_FAILED' });
  expect(dropped).toContainEqual(expect.objectContaining({ member: 'm2', reason: 'WIRE_LABEL' }));
  gossip.on('query', ({ respond }) => respond(Buffer.from('yes')));
  await cluster.settle(gossip.query('ask').done);
  expect(queries).toMatchObject([
    { member: 'm1', name: 'ask', membersCount: 1, acksCount: 0, responsesCount: 1, ended: 'all-answered' },
  ]);
  expect(events.at(-1)).toMatchObject({ member: 'm1', event: { type: 'query', name: 'ask' } });
  gossip.on('user-event', async () => Promise.reject(new Error('a bug')));
  gossip.userEvent('deploy');
  await expect(cluster.advance(1)).rejects.toThrow('a bug');
  expect(errors).toMatchObject([{ member: 'm1', what: 'listener', error: { message: 'a bug' } }]);
  const counted = packets.filter(({ member, direction }) => member === 'm1' && direction === 'sent');
  expect(counted).toHaveLength(gossip.stats().packetsSent);
});
