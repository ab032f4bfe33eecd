import type { Clock, Gossip, GossipOptions, Logger } from '@hobnob/gossip';

/**
 * A pino-shaped logger whose context is bound once. The agent binds `component` (`agent`,
 * `agent.server.serf.lan`, ...) and keeps the messages constant.
 *
 * A field named `detail` is text that belongs right behind the message, as in Consul's
 * `serf: EventMemberJoin: web-1 10.0.0.7`; a formatter prints `message: detail` and then the other fields as
 * `key=value`.
 */
export interface AgentLogger extends Logger {
  child(bindings: { readonly component: string }): AgentLogger;
  /** Whether lines of a level are written at this moment. Without it all are, and none is spared the making. */
  isLevelEnabled?(level: 'debug'): boolean;
}

/** Starts one pool's gossip. */
export type GossipFactory = (options: GossipOptions) => Promise<Gossip>;

/** Which pool an operation is about: every agent of a datacenter, or the servers of all datacenters. */
export type PoolName = 'lan' | 'wan';

/** The clock and the gossip of an agent, replaceable for tests and other transports. */
export interface AgentPorts {
  readonly clock: Clock;
  readonly createGossip: GossipFactory;
}
