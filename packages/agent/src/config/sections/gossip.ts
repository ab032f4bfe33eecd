import { ignored, type KeySection, refused, works } from '../key.ts';

function timing(pool: 'lanTiming' | 'wanTiming'): KeySection {
  return {
    gossip_interval: works('duration', `${pool}.gossipIntervalMs`, 'Time between two gossip rounds.'),
    gossip_nodes: works('int', `${pool}.gossipNodes`, 'Members that a gossip round is sent to.'),
    probe_interval: works('duration', `${pool}.probeIntervalMs`, 'Time between two probes.'),
    probe_timeout: works('duration', `${pool}.probeTimeoutMs`, 'How long a probe waits for an ack.'),
    retransmit_mult: works('int', `${pool}.retransmitMult`, 'Multiplier of the retransmit limit.'),
    suspicion_mult: works('int', `${pool}.suspicionMult`, 'Multiplier of the suspicion timeout.'),
  };
}

/** The pools: who is in them, how they are found, encrypted and timed. */
export const gossipKeys: KeySection = {
  disable_coordinates: ignored('bool', 'Keeps the agent out of the network coordinates.'),
  disable_keyring_file: works(
    'bool',
    'disableKeyringFile',
    'Disables the backing up of the keyring to a file.',
    { flag: 'disable-keyring-file' },
  ),
  encrypt: works('string', 'encrypt', 'Provides the gossip encryption key.', { flag: 'encrypt' }),
  encrypt_verify_incoming: works('bool', 'encryptVerifyIncoming', 'Refuses gossip that is not encrypted.'),
  encrypt_verify_outgoing: works('bool', 'encryptVerifyOutgoing', 'Encrypts the gossip that is sent.'),
  gossip_lan: timing('lanTiming'),
  gossip_wan: timing('wanTiming'),
  reconnect_timeout: works(
    'duration',
    'lanTiming.reconnectTimeoutMs',
    'How long a failed member of the LAN is kept and reconnected to.',
  ),
  reconnect_timeout_wan: works(
    'duration',
    'wanTiming.reconnectTimeoutMs',
    'How long a failed member of the WAN is kept and reconnected to.',
  ),
  rejoin_after_leave: works(
    'bool',
    'rejoinAfterLeave',
    'Ignores a previous leave and attempts to rejoin the cluster.',
    { flag: 'rejoin' },
  ),
  retry_interval: works('duration', 'lanJoin.retryIntervalMs', 'Time to wait between join attempts.', {
    flag: 'retry-interval',
  }),
  retry_interval_wan: works(
    'duration',
    'wanJoin.retryIntervalMs',
    'Time to wait between join -wan attempts.',
    { flag: 'retry-interval-wan' },
  ),
  retry_join: works(
    'strings',
    'lanJoin.retryJoin',
    'Address of an agent to join at start time with retries enabled. Can be specified multiple times.',
    { flag: 'retry-join' },
  ),
  retry_join_wan: works(
    'strings',
    'wanJoin.retryJoin',
    'Address of an agent to join -wan at start time with retries enabled. Can be specified multiple times.',
    { flag: 'retry-join-wan' },
  ),
  retry_max: works(
    'int',
    'lanJoin.retryMaxAttempts',
    'Maximum number of join attempts. Defaults to 0, which will retry indefinitely.',
    { flag: 'retry-max' },
  ),
  retry_max_wan: works(
    'int',
    'wanJoin.retryMaxAttempts',
    'Maximum number of join -wan attempts. Defaults to 0, which will retry indefinitely.',
    { flag: 'retry-max-wan' },
  ),
  segment: refused(
    'string',
    'a separate network segment',
    '(Enterprise-only) Sets the network segment to join.',
    { flag: 'segment' },
  ),
  segment_limit: ignored('int', 'Consul Enterprise.'),
  segment_name_limit: ignored('int', 'Consul Enterprise.'),
  segments: refused('list', 'separate network segments', 'Consul Enterprise.'),
  serf_lan_allowed_cidrs: works(
    'strings',
    'serfLanAllowedCidrs',
    'Networks (eg: 192.168.1.0/24) allowed for Serf LAN. Can be specified multiple times.',
    { flag: 'serf-lan-allowed-cidrs' },
  ),
  serf_wan_allowed_cidrs: works(
    'strings',
    'serfWanAllowedCidrs',
    'Networks (eg: 192.168.1.0/24) allowed for Serf WAN (other datacenters). Can be specified multiple times.',
    { flag: 'serf-wan-allowed-cidrs' },
  ),
  start_join: works(
    'strings',
    'lanJoin.startJoin',
    'Address of an agent to join at start time. Can be specified multiple times.',
    { flag: 'join' },
  ),
  start_join_wan: works(
    'strings',
    'wanJoin.startJoin',
    'Address of an agent to join -wan at start time. Can be specified multiple times.',
    { flag: 'join-wan' },
  ),
};
