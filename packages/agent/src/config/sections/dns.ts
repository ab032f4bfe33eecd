import { ignored, type KeySection, notNegative } from '../key.ts';

/** The DNS server. */
export const dnsKeys: KeySection = {
  alt_domain: ignored('string', 'Alternate domain to use for DNS interface.', { flag: 'alt-domain' }),
  dns_config: {
    a_record_limit: ignored(
      'int',
      'Most A or AAAA records of an answer.',
      notNegative('dns_config.a_record_limit'),
    ),
    allow_stale: ignored('bool', 'Answers from any server, not only the leader.'),
    cache_max_age: ignored('duration', 'How old a cached answer may be.'),
    disable_compression: ignored('bool', 'Writes names in full.'),
    enable_additional_node_meta_txt: ignored('bool', 'Adds node metadata as TXT records.'),
    enable_truncate: ignored('bool', 'Sets the TC flag of answers that were cut.'),
    max_stale: ignored('duration', 'How stale an answer may be.'),
    node_ttl: ignored('duration', 'TTL of answers about nodes.'),
    only_passing: ignored('bool', 'Leaves out instances whose checks warn.'),
    prefer_namespace: ignored('bool', 'Consul Enterprise.'),
    recursor_timeout: ignored('duration', 'How long a recursor may take.'),
    service_ttl: ignored('string-map', 'TTL of answers about services, by name.'),
    soa: {
      expire: ignored('uint', 'Expiry in the SOA record, in seconds.'),
      min_ttl: ignored('uint', 'Minimum TTL in the SOA record, in seconds.'),
      refresh: ignored('uint', 'Refresh interval in the SOA record, in seconds.'),
      retry: ignored('uint', 'Retry interval in the SOA record, in seconds.'),
    },
    udp_answer_limit: ignored(
      'int',
      'Most records of an answer over UDP.',
      notNegative('dns_config.udp_answer_limit'),
    ),
    use_cache: ignored('bool', 'Answers from the agent cache.'),
  },
  domain: ignored('string', 'Domain to use for DNS interface.', { flag: 'domain' }),
  recursors: ignored('strings', 'Address of an upstream DNS server. Can be specified multiple times.', {
    flag: 'recursor',
  }),
};
