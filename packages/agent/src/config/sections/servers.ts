import { ignored, type KeySection, notNegative, works } from '../key.ts';

/** What makes an agent a server, and how servers work together. */
export const serverKeys: KeySection = {
  autopilot: {
    cleanup_dead_servers: ignored('bool', 'Removes failed servers when new ones join.'),
    disable_upgrade_migration: ignored('bool', 'Consul Enterprise.'),
    last_contact_threshold: ignored('duration', 'Longest silence of the leader for a healthy server.'),
    max_trailing_logs: ignored(
      'int',
      'How many log entries a healthy server may be behind.',
      notNegative('autopilot.max_trailing_logs'),
    ),
    min_quorum: ignored('uint', 'Servers below which dead ones are not removed.'),
    redundancy_zone_tag: ignored('string', 'Consul Enterprise.'),
    server_stabilization_time: ignored('duration', 'How long a server is healthy before it may vote.'),
    upgrade_version_tag: ignored('string', 'Consul Enterprise.'),
  },
  bootstrap: works('bool', 'bootstrap', 'Sets server to bootstrap mode.', { flag: 'bootstrap' }),
  bootstrap_expect: works('int', 'bootstrapExpect', 'Sets server to expect bootstrap mode.', {
    flag: 'bootstrap-expect',
  }),
  consul: {
    coordinate: {
      update_batch_size: ignored('int', 'Internal to Consul.'),
      update_max_batches: ignored('int', 'Internal to Consul.'),
      update_period: ignored('string', 'Internal to Consul.'),
    },
    raft: {
      election_timeout: ignored('string', 'Internal to Consul.'),
      heartbeat_timeout: ignored('string', 'Internal to Consul.'),
      leader_lease_timeout: ignored('string', 'Internal to Consul.'),
    },
    server: {
      health_interval: ignored('string', 'Internal to Consul.'),
    },
  },
  non_voting_server: ignored(
    'bool',
    '(Enterprise-only) This flag is used to make the server not participate in the Raft quorum.',
    { flag: 'non-voting-server' },
  ),
  performance: {
    leave_drain_time: ignored('duration', 'How long a leaving server answers requests.'),
    raft_multiplier: ignored('int', 'Stretches the timeouts of Raft: 1 to 10.', {
      check: (value) =>
        value >= 1 && value <= 10
          ? undefined
          : `performance.raft_multiplier cannot be ${value}. Must be between 1 and 10`,
    }),
    rpc_hold_timeout: ignored('duration', 'How long a request waits for a leader.'),
  },
  protocol: works('int', 'protocol', 'Sets the protocol version. Defaults to latest.', { flag: 'protocol' }),
  raft_protocol: works('int', 'raftProtocol', 'Sets the Raft protocol version. Defaults to latest.', {
    flag: 'raft-protocol',
  }),
  raft_snapshot_interval: works(
    'duration',
    'raftSnapshots.intervalMs',
    'Time between two snapshots of the log.',
  ),
  raft_snapshot_threshold: works(
    'int',
    'raftSnapshots.threshold',
    'Entries of the log between two snapshots.',
  ),
  raft_trailing_logs: works('int', 'raftSnapshots.trailing', 'Entries of the log kept after a snapshot.'),
  server: works('bool', 'server', 'Switches agent to server mode.', { flag: 'server' }),
  session_ttl_min: works('duration', 'sessionTtlMinMs', 'Shortest TTL of a session.'),
};
