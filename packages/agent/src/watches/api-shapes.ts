import type { GoJson } from './go-json.ts';

/**
 * How Consul's Go client holds an answer: commands print what it holds, with fields that the answer left out and in its
 * own order. `any` is a value without a type.
 */
type ApiShape =
  | 'text'
  | 'number'
  | 'bool'
  | 'duration'
  | 'any'
  | { readonly list: ApiShape }
  | { readonly map: ApiShape }
  | { readonly pointer: ApiShape }
  | { readonly fields: Readonly<Record<string, ApiShape | Omitted>> };

/** A field that is not written when it is empty. */
interface Omitted {
  readonly omitEmpty: ApiShape;
}

const texts: ApiShape = { map: 'text' };
const meshGateway: ApiShape = { fields: { Mode: { omitEmpty: 'text' } } };
const exposed: ApiShape = {
  fields: {
    ListenerPort: { omitEmpty: 'number' },
    Path: { omitEmpty: 'text' },
    LocalPathPort: { omitEmpty: 'number' },
    Protocol: { omitEmpty: 'text' },
    ParsedFromCheck: 'bool',
  },
};
const upstream: ApiShape = {
  fields: {
    DestinationType: { omitEmpty: 'text' },
    DestinationNamespace: { omitEmpty: 'text' },
    DestinationName: 'text',
    Datacenter: { omitEmpty: 'text' },
    LocalBindAddress: { omitEmpty: 'text' },
    LocalBindPort: { omitEmpty: 'number' },
    Config: { omitEmpty: { map: 'any' } },
    MeshGateway: meshGateway,
  },
};
const proxy: ApiShape = {
  fields: {
    DestinationServiceName: { omitEmpty: 'text' },
    DestinationServiceID: { omitEmpty: 'text' },
    LocalServiceAddress: { omitEmpty: 'text' },
    LocalServicePort: { omitEmpty: 'number' },
    Config: { omitEmpty: { map: 'any' } },
    Upstreams: { omitEmpty: { list: upstream } },
    MeshGateway: meshGateway,
    Expose: { fields: { Checks: { omitEmpty: 'bool' }, Paths: { omitEmpty: { list: exposed } } } },
  },
};
const service: ApiShape = {
  fields: {
    Kind: { omitEmpty: 'text' },
    ID: 'text',
    Service: 'text',
    Tags: { list: 'text' },
    Meta: texts,
    Port: 'number',
    Address: 'text',
    TaggedAddresses: { omitEmpty: { map: { fields: { Address: 'text', Port: 'number' } } } },
    Weights: { fields: { Passing: 'number', Warning: 'number' } },
    EnableTagOverride: 'bool',
    CreateIndex: { omitEmpty: 'number' },
    ModifyIndex: { omitEmpty: 'number' },
    ContentHash: { omitEmpty: 'text' },
    Proxy: { omitEmpty: { pointer: proxy } },
    Connect: { omitEmpty: { pointer: { fields: { Native: { omitEmpty: 'bool' } } } } },
    Namespace: { omitEmpty: 'text' },
  },
};
const node: ApiShape = {
  fields: {
    ID: 'text',
    Node: 'text',
    Address: 'text',
    Datacenter: 'text',
    TaggedAddresses: texts,
    Meta: texts,
    CreateIndex: 'number',
    ModifyIndex: 'number',
  },
};
const definition: ApiShape = {
  fields: {
    Interval: 'duration',
    Timeout: 'duration',
    DeregisterCriticalServiceAfter: 'duration',
    HTTP: 'text',
    Header: { map: { list: 'text' } },
    Method: 'text',
    Body: 'text',
    TLSSkipVerify: 'bool',
    TCP: 'text',
  },
};
const check: ApiShape = {
  fields: {
    Node: 'text',
    CheckID: 'text',
    Name: 'text',
    Status: 'text',
    Notes: 'text',
    Output: 'text',
    ServiceID: 'text',
    ServiceName: 'text',
    ServiceTags: { list: 'text' },
    Type: 'text',
    Namespace: { omitEmpty: 'text' },
    Definition: definition,
    CreateIndex: 'number',
    ModifyIndex: 'number',
  },
};

/** The answers that watches show, as Consul's Go client (api 1.7) holds them. */
export const apiShapes = {
  services: { map: { list: 'text' } },
  nodes: { list: node },
  service: {
    list: { fields: { Node: { pointer: node }, Service: { pointer: service }, Checks: { list: check } } },
  },
  checks: { list: check },
  agentService: service,
  event: {
    list: {
      fields: {
        ID: 'text',
        Name: 'text',
        Payload: 'any',
        NodeFilter: 'text',
        ServiceFilter: 'text',
        TagFilter: 'text',
        Version: 'number',
        LTime: 'number',
      },
    },
  },
} as const satisfies Readonly<Record<string, ApiShape>>;

/** An answer as the Go client would write it as JSON again. */
export function asHeldByGo(shape: ApiShape, value: unknown): GoJson {
  switch (shape) {
    case 'text':
      return typeof value === 'string' ? value : '';
    case 'number':
      return typeof value === 'number' ? value : 0;
    case 'bool':
      return value === true;
    case 'duration':
      return typeof value === 'string' && value !== '' ? value : '0s';
    case 'any':
      return plain(value);
    default:
      return containerOf(shape, value);
  }
}

function containerOf(shape: Exclude<ApiShape, string>, value: unknown): GoJson {
  if ('list' in shape) return Array.isArray(value) ? value.map((item) => asHeldByGo(shape.list, item)) : null;
  const object = isObject(value) ? value : undefined;
  if ('map' in shape)
    return object === undefined ? null : sorted(object, (item) => asHeldByGo(shape.map, item));
  if ('pointer' in shape) return object === undefined ? null : asHeldByGo(shape.pointer, object);
  const fields = Object.entries(shape.fields).flatMap(([name, field]) => {
    const isOmitted = typeof field === 'object' && 'omitEmpty' in field;
    const held = asHeldByGo(isOmitted ? field.omitEmpty : field, object?.[name]);
    return isOmitted && isEmpty(held) ? [] : [[name, held] as const];
  });
  return Object.fromEntries(fields);
}

/** Of an object that stays: only maps and lists are left out when they are empty, as are pointers to nothing. */
function isEmpty(held: GoJson): boolean {
  if (typeof held !== 'object') return held === '' || held === 0 || held === false;
  return held === null || (Array.isArray(held) && held.length === 0);
}

/** Go writes the keys of maps in order. */
function sorted(object: Readonly<Record<string, unknown>>, write: (item: unknown) => GoJson): GoJson {
  const names = Object.keys(object).sort((one, other) =>
    Buffer.compare(Buffer.from(one), Buffer.from(other)),
  );
  return Object.fromEntries(names.map((name) => [name, write(object[name])]));
}

function plain(value: unknown): GoJson {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(plain);
  return isObject(value) ? sorted(value, plain) : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
