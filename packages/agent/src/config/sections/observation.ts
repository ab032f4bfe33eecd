import { ignored, type KeySection, works } from '../key.ts';

/** Log and metrics. */
export const observationKeys: KeySection = {
  enable_syslog: ignored('bool', 'Enables logging to syslog.', { flag: 'syslog' }),
  log_file: works('string', 'log.file', 'Path to the file the logs get written to', { flag: 'log-file' }),
  log_json: works('bool', 'log.json', 'Output logs in JSON format.', { flag: 'log-json' }),
  log_level: works('string', 'log.level', 'Log level of the agent.', {
    flag: 'log-level',
    isReloadable: true,
  }),
  log_rotate_bytes: works(
    'int',
    'log.rotateBytes',
    'Maximum number of bytes that should be written to a log file',
    { flag: 'log-rotate-bytes' },
  ),
  log_rotate_duration: works(
    'duration',
    'log.rotateDurationMs',
    'Time after which log rotation needs to be performed',
    { flag: 'log-rotate-duration' },
  ),
  log_rotate_max_files: works('int', 'log.rotateFilesMax', 'Maximum number of log file archives to keep', {
    flag: 'log-rotate-max-files',
  }),
  syslog_facility: ignored('string', 'Facility of the syslog.'),
  telemetry: {
    circonus_api_app: ignored('string', 'Circonus: application name.'),
    circonus_api_token: ignored('string', 'Circonus: API token.'),
    circonus_api_url: ignored('string', 'Circonus: URL of the API.'),
    circonus_broker_id: ignored('string', 'Circonus: broker.'),
    circonus_broker_select_tag: ignored('string', 'Circonus: tag that chooses the broker.'),
    circonus_check_display_name: ignored('string', 'Circonus: name of the check.'),
    circonus_check_force_metric_activation: ignored('string', 'Circonus: activates all metrics.'),
    circonus_check_id: ignored('string', 'Circonus: check.'),
    circonus_check_instance_id: ignored('string', 'Circonus: instance of the check.'),
    circonus_check_search_tag: ignored('string', 'Circonus: tag that finds the check.'),
    circonus_check_tags: ignored('string', 'Circonus: tags of the check.'),
    circonus_submission_interval: ignored('string', 'Circonus: time between two submissions.'),
    circonus_submission_url: ignored('string', 'Circonus: URL for submissions.'),
    disable_hostname: ignored('bool', 'Leaves the host name out of metric names.'),
    dogstatsd_addr: ignored('string', 'Address of a DogStatsD server.'),
    dogstatsd_tags: ignored('strings', 'Tags of all metrics for DogStatsD.'),
    filter_default: ignored('bool', 'Whether metrics that no filter names are kept.'),
    metrics_prefix: ignored('string', 'Prefix of metric names.'),
    prefix_filter: ignored('strings', 'Metrics to keep (+) and to leave out (-).'),
    prometheus_retention_time: ignored('duration', 'How long metrics for Prometheus are kept.'),
    statsd_address: ignored('string', 'Address of a statsd server.'),
    statsite_address: ignored('string', 'Address of a statsite server.'),
  },
};
