import type { Gossip, Member, MemberConflictEvent, MemberEvent } from '@hobnob/gossip';
import type { AgentConfig } from '../options.ts';
import type { AgentLogger, PoolName } from '../ports.ts';
import { consulServerOf, describeServer } from './consul-server.ts';
import { serfComponent } from './gossip-setup.ts';

const serfMessages = {
  'member-join': 'serf: EventMemberJoin',
  'member-leave': 'serf: EventMemberLeave',
  'member-failed': 'serf: EventMemberFailed',
  'member-update': 'serf: EventMemberUpdate',
  'member-reap': 'serf: EventMemberReap',
} as const;

/**
 * Logs the events of a pool in Consul's words, beginning with the members that are there already.
 * Returns what ends it.
 */
export function logMembers(
  pool: PoolName,
  gossip: Gossip,
  { config, logger }: { readonly config: Pick<AgentConfig, 'server'>; readonly logger: AgentLogger },
): () => void {
  const serfLog = logger.child({ component: serfComponent(config, pool) });
  const agentLog = logger.child({ component: config.server ? 'agent.server' : 'agent.client' });
  const knownServers = new Set<string>();

  const logEvent = (event: MemberEvent | MemberConflictEvent): void => {
    if (event.type === 'member-conflict') {
      const { name, existing, claimed } = event;
      serfLog.error(
        { member: name, existing, claimed },
        'serf: Node name conflicts with another node. Names must be unique!',
      );
      return;
    }
    for (const member of event.members) {
      const hasAddress = event.type !== 'member-update' && event.type !== 'member-reap';
      const detail = hasAddress ? `${member.name} ${member.address.host}` : member.name;
      serfLog.info({ detail }, serfMessages[event.type]);
      logServer(event.type, member);
    }
  };

  const logServer = (type: keyof typeof serfMessages, member: Member): void => {
    const server = consulServerOf(member);
    const isUp = server !== undefined && member.status === 'alive';
    if (pool === 'wan') {
      if (server !== undefined) {
        agentLog.info({ event: type, server: member.name, area: 'wan' }, 'Handled event for server in area');
      }
      return;
    }
    if (isUp === knownServers.has(member.name)) return;
    if (isUp) {
      knownServers.add(member.name);
      agentLog.info(
        { server: describeServer(server) },
        config.server ? 'Adding LAN server' : 'adding server',
      );
    } else {
      knownServers.delete(member.name);
      const text = server === undefined ? member.name : describeServer(server);
      agentLog.info({ server: text }, config.server ? 'Removing LAN server' : 'removing server');
    }
  };

  logEvent({ type: 'member-join', members: gossip.members() });
  const types = [...Object.keys(serfMessages), 'member-conflict'] as const;
  // The keys of serfMessages are the types of all events about members.
  const ends = types.map((type) => gossip.on(type as MemberEvent['type'] | 'member-conflict', logEvent));
  return () => {
    for (const end of ends) end();
  };
}
