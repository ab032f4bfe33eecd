import { ignored, type KeySection } from '../key.ts';

/** Connect, its gateways, and what only Consul Enterprise has. */
export const meshKeys: KeySection = {
  config_entries: ignored('map', 'Central configuration to write when the datacenter starts.'),
  connect: {
    ca_config: ignored('map', 'Settings of the certificate authority.'),
    ca_provider: ignored('string', 'Certificate authority of Connect.'),
    enable_mesh_gateway_wan_federation: ignored('bool', 'Federates through mesh gateways.'),
    enabled: ignored('bool', 'Switches Connect on.'),
    test_ca_leaf_root_change_spread: ignored('string', 'Internal to Consul.'),
  },
  primary_gateways: ignored(
    'strings',
    'Address of a mesh gateway in the primary datacenter to use to bootstrap WAN federation at start time with retries enabled. Can be specified multiple times.',
    { flag: 'primary-gateway' },
  ),
  primary_gateways_interval: ignored('duration', 'Time between two lookups of the primary gateways.'),
  snapshot_agent: ignored('map', 'Consul Enterprise.'),
};
