import type { ConfigKey, KeyKind } from './key.ts';

/** What a value of a file becomes in Consul, as far as that decides which lists of one value stand for it. */
export type GoType =
  | { readonly kind: 'pointer'; readonly to: 'single' | 'whole' | StructType }
  | { readonly kind: 'single' | 'any' }
  | StructType
  | { readonly kind: 'list' | 'map'; readonly item: GoType };

/** A struct; keys have lower case. Keys that it lacks are for others to refuse. */
export interface StructType {
  readonly kind: 'struct';
  readonly fields: Readonly<Record<string, GoType>>;
}

const any: GoType = { kind: 'any' };
/** A text in a list or map; a single value elsewhere is a pointer. */
const single: GoType = { kind: 'single' };
const value: GoType = { kind: 'pointer', to: 'single' };
const whole: GoType = { kind: 'pointer', to: 'whole' };
const listOf = (item: GoType): GoType => ({ kind: 'list', item });
const mapOf = (item: GoType): GoType => ({ kind: 'map', item });
const pointerTo = (to: StructType): GoType => ({ kind: 'pointer', to });
const texts = listOf(single);

/** The fields of `names` are single values, those of `others` something else. */
function struct(names: string, others: Readonly<Record<string, GoType>> = {}): StructType {
  return {
    kind: 'struct',
    fields: { ...Object.fromEntries(names.split(' ').map((name) => [name, value])), ...others },
  };
}

/** Source: Consul agent/config/config.go, CheckDefinition with its aliases. */
const check = struct(
  'id name notes service_id serviceid token status http method body tcp interval docker_container_id dockercontainerid shell grpc grpc_use_tls tls_skip_verify tlsskipverify alias_node alias_service timeout ttl deregister_critical_service_after deregistercriticalserviceafter',
  {
    args: texts,
    scriptargs: texts,
    header: mapOf(texts),
    output_max_size: whole,
    success_before_passing: whole,
    failures_before_critical: whole,
  },
);

const meshGateway = pointerTo(struct('mode'));
const upstream = struct(
  'destination_type destination_namespace destination_name datacenter local_bind_address',
  { local_bind_port: whole, config: mapOf(any), mesh_gateway: meshGateway },
);
const exposedPath = struct('path protocol', { listener_port: whole, local_path_port: whole });
const proxy = struct('destination_service_name destination_service_id local_service_address', {
  local_service_port: whole,
  config: mapOf(any),
  upstreams: listOf(upstream),
  mesh_gateway: meshGateway,
  expose: pointerTo(struct('checks', { port: whole, paths: listOf(exposedPath) })),
});

/** Source: Consul agent/config/config.go, ServiceDefinition. A sidecar's definition has the same fields. */
const service: StructType = {
  kind: 'struct',
  get fields() {
    return serviceFields;
  },
};
const serviceFields: StructType['fields'] = struct('kind id name address token enable_tag_override', {
  tags: texts,
  tagged_addresses: mapOf(struct('address', { port: whole })),
  meta: mapOf(single),
  port: whole,
  check: pointerTo(check),
  checks: listOf(check),
  weights: pointerTo(struct('', { passing: whole, warning: whole })),
  proxy: pointerTo(proxy),
  connect: pointerTo(struct('native', { sidecar_service: pointerTo(service) })),
}).fields;

/** The keys whose kind in the table of keys says nothing about their inside. */
const typesByPath: Readonly<Record<string, GoType>> = {
  check: pointerTo(check),
  checks: listOf(check),
  service: pointerTo(service),
  services: listOf(service),
  segments: listOf(struct('advertise bind name rpc_listener', { port: whole })),
  config_entries: struct('', { bootstrap: listOf(mapOf(any)) }),
  'acl.tokens.managed_service_provider': listOf(struct('accessor_id secret_id')),
  'audit.sink': mapOf(
    struct('name type format path delivery_guarantee rotate_duration', {
      rotate_bytes: whole,
      rotate_max_files: whole,
    }),
  ),
};

/** Sections that are pointers. */
export const pointerSections: ReadonlySet<string> = new Set(['audit', 'dns_config.soa']);

const typesByKind: Readonly<Record<KeyKind, GoType>> = {
  string: value,
  duration: value,
  bool: value,
  float: value,
  int: whole,
  uint: whole,
  strings: texts,
  'string-map': mapOf(single),
  maps: listOf(mapOf(any)),
  list: listOf(any),
  map: mapOf(any),
};

/** The type of a key's value. */
export function goTypeOf(path: string, key: ConfigKey): GoType {
  return typesByPath[path] ?? typesByKind[key.kind];
}
