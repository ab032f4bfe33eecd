import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';

/** What Consul 1.8.7 understands. */
const protocolMin = 2;
const protocolMax = 3;

const raftProtocolMin = 1;
const raftProtocolMax = 3;
const snapshotIntervalMinMs = 5;

/**
 * Refuses protocol versions that no member of the pool would understand, and snapshots that follow each other at once. Consul does so when it starts, not when it
 * validates, and so do we. Sources: Consul agent/consul config.go CheckProtocolVersion; raft config.go ValidateConfig.
 * @throws AgentError AGENT_CONFIG with Consul's sentence.
 */
export function checkProtocols({
  protocol,
  raftProtocol,
  raftSnapshots,
  server,
}: Pick<AgentConfig, 'protocol' | 'raftProtocol' | 'raftSnapshots' | 'server'>): void {
  const start = `Failed to start Consul ${server ? 'server' : 'client'}`;
  if (protocol < protocolMin || protocol > protocolMax) {
    const fault = protocol < protocolMin ? 'low' : 'high';
    throw new AgentError(
      'AGENT_CONFIG',
      `${start}: Protocol version '${protocol}' too ${fault}. Must be in range: [${protocolMin}, ${protocolMax}]`,
    );
  }
  if (server && (raftProtocol < raftProtocolMin || raftProtocol > raftProtocolMax)) {
    throw new AgentError(
      'AGENT_CONFIG',
      `${start}: Failed to start Raft: Protocol version ${raftProtocol} must be >= ${raftProtocolMin} and <= ${raftProtocolMax}`,
    );
  }
  if (server && raftSnapshots.intervalMs < snapshotIntervalMinMs)
    throw new AgentError('AGENT_CONFIG', `${start}: Failed to start Raft: Snapshot interval is too low`);
}
