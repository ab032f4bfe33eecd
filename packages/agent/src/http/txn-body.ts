import { InputError, quote } from '@hobnob/catalog/go';
import {
  bytes,
  create,
  DirEntry,
  HealthCheck,
  HealthCheckDefinition,
  type Infer,
  index,
  keyText,
  listOf,
  NodeRecord,
  NodeService,
  pointerTo,
  readJson,
  record,
  TxnOp,
  text,
  textOf,
  u64,
} from '@hobnob/catalog/records';
import { HttpError } from './error-reply.ts';

/**
 * The body of a transaction: the records of Consul's client package, of which the agent takes over fewer fields than it
 * accepts. Namespaces are accepted and mean nothing. Source: Consul agent/txn_endpoint.go, convertOps.
 */

const KvBody = record(
  'KVTxnOp',
  {
    Verb: textOf('api.KVOp'),
    Key: keyText,
    Value: bytes,
    Flags: u64,
    Index: index,
    Session: text,
    Namespace: text,
  },
  { goType: 'api.KVTxnOp' },
);

const NodeBody = record(
  'NodeTxnOp',
  {
    Verb: textOf('api.NodeOp'),
    Node: record('Node', { ...NodeRecord.fields, ID: text }, { goType: 'api.Node' }),
  },
  { goType: 'api.NodeTxnOp' },
);

const ServiceBody = record(
  'ServiceTxnOp',
  {
    Verb: textOf('api.ServiceOp'),
    Node: text,
    Service: record(
      'AgentService',
      { ...NodeService.fields, Kind: textOf('api.ServiceKind'), ContentHash: text, Namespace: text },
      { goType: 'api.AgentService' },
    ),
  },
  { goType: 'api.ServiceTxnOp' },
);

const CheckBody = record(
  'CheckTxnOp',
  {
    Verb: textOf('api.CheckOp'),
    Check: record(
      'HealthCheck',
      { ...HealthCheck.fields, CheckID: text, Namespace: text },
      { goType: 'api.HealthCheck' },
    ),
  },
  { goType: 'api.CheckTxnOp' },
);

const OpBody = record(
  'TxnOp',
  {
    KV: pointerTo(KvBody),
    Node: pointerTo(NodeBody),
    Service: pointerTo(ServiceBody),
    Check: pointerTo(CheckBody),
  },
  { goType: 'api.TxnOp' },
);
type OpBody = Infer<typeof OpBody>;
const OpsBody = listOf(pointerTo(OpBody), 'api.TxnOps');

/** Source: Consul agent/txn_endpoint.go, maxTxnOps. */
const opsMax = 64;

export interface TxnBodyRules {
  readonly ownDatacenter: string;
  readonly valueBytesMax: number;
}

/**
 * The operations of a body.
 * @throws HttpError HTTP_BAD_REQUEST, HTTP_BODY_TOO_LARGE for too many operations and too large values.
 */
export function readTxnOps(
  bytes: Uint8Array,
  { ownDatacenter, valueBytesMax }: TxnBodyRules,
): readonly TxnOp[] {
  const bodies = parse(bytes);
  if (bodies.length > opsMax) {
    const text = `Transaction contains too many operations (${bodies.length} > ${opsMax})`;
    throw new HttpError('HTTP_BODY_TOO_LARGE', text);
  }
  return bodies.flatMap((body) => {
    if (body === null) return [];
    checkValue(body, valueBytesMax);
    return opsOf(body, ownDatacenter);
  });
}

function parse(bytes: Uint8Array): readonly (OpBody | null)[] {
  try {
    return readJson(OpsBody, bytes) ?? [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpError('HTTP_BAD_REQUEST', `Failed to parse body: ${error.message}`);
  }
}

function checkValue({ KV }: OpBody, valueBytesMax: number): void {
  const size = KV?.Value?.length ?? 0;
  if (size <= valueBytesMax) return;
  const text = `Value for key ${quote(KV?.Key ?? '')} is too large (${size} > ${valueBytesMax} bytes)`;
  throw new HttpError('HTTP_BODY_TOO_LARGE', text);
}

/** The operation of a body: the first of its fields counts, and one without fields is none. */
function opsOf({ KV, Node, Service, Check }: OpBody, ownDatacenter: string): readonly TxnOp[] {
  if (KV !== null) {
    const { Verb, Key, Value, Flags, Index: ModifyIndex, Session } = KV;
    return [
      create(TxnOp, { KV: { Verb, DirEnt: create(DirEntry, { Key, Value, Flags, ModifyIndex, Session }) } }),
    ];
  }
  if (Node !== null) {
    const { Verb, Node: given } = Node;
    const node = { ...given, Datacenter: given.Datacenter === '' ? ownDatacenter : given.Datacenter };
    return [create(TxnOp, { Node: { Verb, Node: node } })];
  }
  if (Service !== null) {
    const { Verb, Node: node, Service: given } = Service;
    return [create(TxnOp, { Service: { Verb, Node: node, Service: serviceOf(given) } })];
  }
  if (Check === null) return [];
  return [create(TxnOp, { Check: { Verb: Check.Verb, Check: checkOf(Check.Check) } })];
}

type GivenService = NonNullable<OpBody['Service']>['Service'];

function serviceOf(given: GivenService): NodeService {
  const { ID, Service, Tags, Address, Meta, Port, Weights, EnableTagOverride, ModifyIndex } = given;
  return create(NodeService, {
    ID,
    Service,
    Tags,
    Address,
    Meta,
    Port,
    Weights,
    EnableTagOverride,
    ModifyIndex,
  });
}

type GivenCheck = NonNullable<OpBody['Check']>['Check'];

function checkOf({ Definition: given, Namespace: _, ...check }: GivenCheck): HealthCheck {
  const { HTTP, TLSSkipVerify, Header, Method, Body, TCP } = given;
  const { Interval, Timeout, DeregisterCriticalServiceAfter } = given;
  const Definition = create(HealthCheckDefinition, {
    HTTP,
    TLSSkipVerify,
    Header,
    Method,
    Body,
    TCP,
    Interval,
    Timeout,
    DeregisterCriticalServiceAfter,
  });
  return { ...check, Type: '', CreateIndex: 0, Definition };
}
