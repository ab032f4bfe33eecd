import { expect, test } from 'vitest';
import { FakeGossip, member, serverTags } from '../../test/fake-gossip.ts';
import { recordingLogger } from '../../test/recording-logger.ts';
import { logMembers } from './member-log.ts';

function setUp(pool: 'lan' | 'wan', server: boolean) {
  const gossip = new FakeGossip({ name: 'me', advertise: { host: '10.0.0.9' } });
  const { lines, ...logger } = recordingLogger();
  const end = logMembers(pool, gossip, { config: { server }, logger });
  return { gossip, lines, end };
}

const s1 = member('s1', { tags: serverTags() });

test('a server logs members and servers of the LAN in the words of Consul', () => {
  const { gossip, lines } = setUp('lan', true);
  gossip.appear(s1);
  gossip.emit({ type: 'member-failed', members: [{ ...s1, status: 'failed' }] });
  expect(lines).toEqual([
    'INFO agent.server.serf.lan: serf: EventMemberJoin {"detail":"me 10.0.0.9"}',
    'INFO agent.server.serf.lan: serf: EventMemberJoin {"detail":"s1 10.0.0.1"}',
    'INFO agent.server: Adding LAN server {"server":"s1 (Addr: tcp/10.0.0.1:8300) (DC: dc1)"}',
    'INFO agent.server.serf.lan: serf: EventMemberFailed {"detail":"s1 10.0.0.1"}',
    'INFO agent.server: Removing LAN server {"server":"s1 (Addr: tcp/10.0.0.1:8300) (DC: dc1)"}',
  ]);
});

test('a client logs servers in its own words, as in Consul', () => {
  const { gossip, lines } = setUp('lan', false);
  gossip.appear(s1);
  expect(lines.slice(1)).toEqual([
    'INFO agent.client.serf.lan: serf: EventMemberJoin {"detail":"s1 10.0.0.1"}',
    'INFO agent.client: adding server {"server":"s1 (Addr: tcp/10.0.0.1:8300) (DC: dc1)"}',
  ]);
});

test('the WAN logs handled events', () => {
  const { gossip, lines } = setUp('wan', true);
  gossip.appear(member('s1.dc1', { tags: serverTags() }));
  expect(lines.slice(1)).toEqual([
    'INFO agent.server.serf.wan: serf: EventMemberJoin {"detail":"s1.dc1 10.0.0.1"}',
    'INFO agent.server: Handled event for server in area {"event":"member-join","server":"s1.dc1","area":"wan"}',
  ]);
});

test('a member that becomes a server by an update is logged once', () => {
  const { gossip, lines } = setUp('lan', true);
  gossip.emit({ type: 'member-update', members: [s1] });
  gossip.emit({ type: 'member-update', members: [s1] });
  expect(lines.filter((line) => line.includes('Adding LAN server'))).toHaveLength(1);
});

test('a name conflict is an error', () => {
  const { gossip, lines } = setUp('lan', true);
  const at = (host: string) => ({ host, port: 8301 });
  gossip.emit({ type: 'member-conflict', name: 'me', existing: at('10.0.0.9'), claimed: at('10.0.0.1') });
  expect(lines.at(-1)).toMatch(
    /^ERROR agent\.server\.serf\.lan: serf: Node name conflicts with another node/,
  );
});

test('after its end nothing is logged', () => {
  const { gossip, lines, end } = setUp('lan', true);
  end();
  gossip.appear(s1);
  expect(lines).toHaveLength(1);
});
