import { defines, ignored, type KeySection, works } from '../key.ts';

/** Services, checks and watches that are defined in the configuration, and how checks run. */
export const localKeys: KeySection = {
  ae_interval: ignored('string', 'Internal to Consul: time between two full anti-entropy syncs.'),
  check: defines('map', 'Definition of one check.'),
  check_deregister_interval_min: works(
    'duration',
    'checks.deregisterMinMs',
    'Shortest time after which a critical service is deregistered.',
  ),
  check_output_max_size: works(
    'int',
    'checks.outputBytesMax',
    'Sets the maximum output size for checks on this agent',
    {
      flag: 'check_output_max_size',
      check: (value) =>
        value > 0
          ? undefined
          : 'check_output_max_size must be positive, to discard check output use the discard_check_output flag',
    },
  ),
  check_reap_interval: ignored(
    'string',
    'Internal to Consul: time between two searches for critical services.',
  ),
  check_update_interval: works(
    'duration',
    'checks.updateIntervalMs',
    'How long a changed output of a check waits for its sync.',
  ),
  checks: defines('list', 'Definitions of checks.'),
  discard_check_output: works('bool', 'checks.discardsOutput', 'Keeps no output of checks.', {
    isReloadable: true,
  }),
  enable_agent_tls_for_checks: works(
    'bool',
    'tls.securesChecks',
    "Uses the agent's certificate and authorities for checks over TLS.",
    { isReloadable: true },
  ),
  enable_central_service_config: ignored('bool', 'Merges central defaults into service definitions.'),
  enable_local_script_checks: works(
    'bool',
    'checks.allowsLocalScripts',
    'Enables health check scripts from configuration file.',
    { flag: 'enable-local-script-checks' },
  ),
  enable_script_checks: works('bool', 'checks.allowsScripts', 'Enables health check scripts.', {
    flag: 'enable-script-checks',
  }),
  service: defines('map', 'Definition of one service.'),
  services: defines('list', 'Definitions of services.'),
  sync_coordinate_interval_min: ignored(
    'string',
    'Internal to Consul: shortest time between two updates of the coordinate.',
  ),
  sync_coordinate_rate_target: ignored(
    'float',
    'Internal to Consul: updates of coordinates a second in the datacenter.',
  ),
  watches: works('maps', 'watches', 'Watches, and the programs and requests that tell of their changes.', {
    isReloadable: true,
  }),
};
