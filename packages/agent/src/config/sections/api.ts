import { ignored, type KeySection, refused, strictlyPositive, works } from '../key.ts';

/** The HTTP API, its limits, blocking queries and the web page. */
export const apiKeys: KeySection = {
  cache: {
    entry_fetch_max_burst: ignored(
      'int',
      'Fetches of one cache entry at once.',
      strictlyPositive('cache.entry_fetch_max_burst'),
    ),
    entry_fetch_rate: ignored(
      'float',
      'Fetches of one cache entry a second.',
      strictlyPositive('cache.entry_fetch_rate'),
    ),
  },
  default_query_time: ignored(
    'duration',
    "The amount of time a blocking query will wait before Consul will force a response. This value can be overridden by the 'wait' query parameter.",
    { flag: 'default-query-time' },
  ),
  disable_http_unprintable_char_filter: ignored('bool', 'Accepts paths with control characters.'),
  discovery_max_stale: ignored('duration', 'How stale an answer of discovery may be.'),
  http_config: {
    allow_write_http_from: refused(
      'strings',
      'writes from these networks only',
      'Only allow write endpoint calls from given network. CIDR format, can be specified multiple times.',
      { flag: 'allow-write-http-from' },
    ),
    block_endpoints: works('strings', 'http.blockEndpoints', 'Path prefixes that are answered with 403.'),
    response_headers: works('string-map', 'http.responseHeaders', 'Headers that every answer carries.'),
    use_cache: ignored('bool', 'Answers discovery with ?cached from the agent cache.'),
  },
  limits: {
    http_max_conns_per_client: works(
      'int',
      'http.connectionsPerClientMax',
      'Connections that one address may hold open to the HTTP API; 0: no limit.',
      { isReloadable: true },
    ),
    https_handshake_timeout: works(
      'duration',
      'http.handshakeTimeoutMs',
      'How long a TLS handshake of the HTTPS API may take.',
    ),
    kv_max_value_size: works('uint', 'http.valueBytesMax', 'Largest value of a key in bytes.'),
    rpc_handshake_timeout: ignored('duration', 'How long a TLS handshake between agents may take.'),
    rpc_max_burst: ignored('int', 'Requests to servers at once.'),
    rpc_max_conns_per_client: ignored('int', 'Connections that one address may hold open to a server.'),
    rpc_rate: ignored('float', 'Requests to servers a second.'),
    txn_max_req_len: works('uint', 'http.txnBytesMax', 'Largest body of a transaction in bytes.'),
  },
  max_query_time: ignored(
    'duration',
    'The maximum amount of time a blocking query can wait before Consul will force a response. Consul applies jitter to the wait time. The jittered time will be capped to MaxQueryTime.',
    { flag: 'max-query-time' },
  ),
  ui: ignored('bool', 'Enables the built-in static web UI server.', { flag: 'ui' }),
  ui_content_path: ignored('string', 'Sets the external UI path to a string. Defaults to: /ui/', {
    flag: 'ui-content-path',
  }),
  ui_dir: ignored('string', 'Path to directory containing the web UI resources.', { flag: 'ui-dir' }),
};
