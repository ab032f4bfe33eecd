import { ignored, implied, type KeySection, works } from '../key.ts';

/** Who the agent is, where it keeps its state, and how it ends. */
export const nodeKeys: KeySection = {
  data_dir: works('string', 'dataDir', 'Path to a data directory to store agent state.', {
    flag: 'data-dir',
  }),
  datacenter: works('string', 'datacenter', 'Datacenter of the agent.', { flag: 'datacenter' }),
  disable_anonymous_signature: implied('bool', 'Sends no signature with update checks; there are none.'),
  disable_host_node_id: implied('bool', 'Makes a random node ID instead of one from the host.', {
    flag: 'disable-host-node-id',
  }),
  disable_remote_exec: implied('bool', 'Refuses remote execution; there is none.'),
  disable_update_check: implied('bool', 'Does not check for newer versions; there is no such check.'),
  enable_debug: ignored('bool', 'Serves profiles over HTTP.'),
  leave_on_terminate: works('bool', 'leaveOnTerminate', 'Leaves the pools on SIGTERM.'),
  node_id: works(
    'string',
    'nodeId',
    'A unique ID for this node across space and time. Defaults to a randomly-generated ID that persists in the data-dir.',
    { flag: 'node-id' },
  ),
  node_meta: works(
    'string-map',
    'nodeMeta',
    'An arbitrary metadata key/value pair for this node, of the format `key:value`. Can be specified multiple times.',
    { flag: 'node-meta', isReloadable: true },
  ),
  node_name: works('string', 'nodeName', 'Name of this node. Must be unique in the cluster.', {
    flag: 'node',
  }),
  pid_file: works('string', 'pidFile', 'Path to file to store agent PID.', { flag: 'pid-file' }),
  primary_datacenter: works('string', 'primaryDatacenter', 'Datacenter with authority over ACLs and CAs.'),
  revision: ignored('string', 'Internal to Consul.'),
  skip_leave_on_interrupt: works('bool', 'skipLeaveOnInterrupt', 'Stays a member of the pools on SIGINT.'),
  version: ignored('string', 'Internal to Consul.'),
  version_prerelease: ignored('string', 'Internal to Consul.'),
};
