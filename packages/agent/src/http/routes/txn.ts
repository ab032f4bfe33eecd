import { everything, isTxnWrite, type RpcMethods } from '@hobnob/catalog';
import { InputError } from '@hobnob/catalog/go';
import {
  bool,
  bytes,
  create,
  DirEntry,
  durationNs,
  field,
  HealthCheck,
  type Infer,
  index,
  keyText,
  listOf,
  NodeRecord,
  NodeService,
  pointerTo,
  readJson,
  record,
  TxnError,
  TxnOp,
  type TxnResponse,
  text,
  u64,
} from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { sendShaped } from '../answer.ts';
import type { ReadPort } from '../catalog-reads.ts';
import { addEndpoint } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { refuseNamespace } from '../namespaces.ts';
import { readOptions } from '../query-options.ts';
import { readBody } from '../request.ts';

/** Limits of transactions over HTTP. */
export interface TxnLimits {
  readonly valueBytesMax: number;
  readonly txnBytesMax: number;
}

/** Source: Consul agent/txn_endpoint.go, maxTxnOps. */
const opsMax = 64;

const strict = { decoding: 'strict' } as const;
const KvOpBody = record('KVTxnOp', {
  Verb: text,
  Key: keyText,
  Value: bytes,
  Flags: u64,
  Index: index,
  Session: text,
});
const NodeOpBody = record('NodeTxnOp', { Verb: text, Node: NodeRecord });
const ServiceOpBody = record('ServiceTxnOp', { Verb: text, Node: text, Service: NodeService });
const CheckOpBody = record('CheckTxnOp', { Verb: text, Check: HealthCheck });
const OpBody = record(
  'TxnOp',
  {
    KV: pointerTo(KvOpBody),
    Node: pointerTo(NodeOpBody),
    Service: pointerTo(ServiceOpBody),
    Check: pointerTo(CheckOpBody),
  },
  { ...strict, goType: 'api.TxnOp' },
);
const OpsBody = listOf(pointerTo(OpBody), 'api.TxnOps');

/** The answer of a transaction: an operation shows what it found or wrote, and nothing else. */
const ShownResult = record('TxnResult', {
  KV: field(pointerTo(DirEntry), { omitEmpty: true }),
  Node: field(pointerTo(NodeRecord), { omitEmpty: true }),
  Service: field(pointerTo(NodeService), { omitEmpty: true }),
  Check: field(pointerTo(HealthCheck), { omitEmpty: true }),
});
const shown = { Results: listOf(ShownResult), Errors: listOf(TxnError) } as const;
const ShownResponse = record('TxnResponse', shown);
const ShownRead = record('TxnReadResponse', {
  ...shown,
  Index: index,
  LastContact: durationNs,
  KnownLeader: bool,
  ConsistencyLevel: text,
});

/** The route of transactions. Source: Consul agent/txn_endpoint.go. */
export function addTxnRoute(app: FastifyInstance, port: ReadPort, limits: TxnLimits): void {
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/txn',
    handler: async (request, reply) => {
      refuseNamespace(request);
      const Ops = await readOps(request, port, limits);
      return Ops.some(isTxnWrite)
        ? answerApplied(request, reply, port, Ops)
        : answerRead(request, reply, port, Ops);
    },
  });
}

type Ops = RpcMethods['Txn.Apply']['request']['Ops'] & readonly TxnOp[];

async function answerApplied(
  request: FastifyRequest,
  reply: FastifyReply,
  { rpc, place }: ReadPort,
  Ops: Ops,
) {
  const { Datacenter, Token = '' } = readOptions(request, place).query;
  const found = await rpc.call('Txn.Apply', { Datacenter, Token, Ops }, { authority: everything });
  return sendShaped(withStatus(reply, found), ShownResponse, found);
}

async function answerRead(request: FastifyRequest, reply: FastifyReply, { rpc, place }: ReadPort, Ops: Ops) {
  const { query } = readOptions(request, place);
  const asked = { ...query, MinQueryIndex: 0, Ops };
  const found = await rpc.call('Txn.Read', asked, { authority: everything });
  reply.headers({
    'X-Consul-Knownleader': String(found.KnownLeader),
    'X-Consul-Lastcontact': String(found.LastContact / 1_000_000n),
  });
  return sendShaped(withStatus(reply, found), ShownRead, { ...found, Index: 0 });
}

function withStatus(reply: FastifyReply, { Errors }: TxnResponse): FastifyReply {
  return Errors !== null && Errors.length > 0 ? reply.status(409) : reply;
}

async function readOps(
  request: FastifyRequest,
  { place }: ReadPort,
  { valueBytesMax, txnBytesMax }: TxnLimits,
): Promise<readonly TxnOp[]> {
  const bytes = await readLimited(request, txnBytesMax);
  const bodies = parse(bytes);
  if (bodies.length > opsMax) {
    const text = `Transaction contains too many operations (${bodies.length} > ${opsMax})`;
    throw new HttpError('HTTP_BODY_TOO_LARGE', text);
  }
  const { Datacenter } = readOptions(request, place).query;
  return bodies.flatMap((body) => (body === null ? [] : opsOf(body, { Datacenter, valueBytesMax })));
}

function parse(bytes: Uint8Array): readonly (Infer<typeof OpBody> | null)[] {
  try {
    return readJson(OpsBody, bytes) ?? [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpError('HTTP_BAD_REQUEST', `Failed to parse body: ${error.message}`);
  }
}

/** The operation of a body; none when it says nothing. */
function opsOf(
  { KV, Node, Service, Check }: Infer<typeof OpBody>,
  { Datacenter, valueBytesMax }: { readonly Datacenter: string; readonly valueBytesMax: number },
): readonly TxnOp[] {
  if (KV !== null) {
    const { Verb, Key, Value, Flags, Index: ModifyIndex, Session } = KV;
    const size = Value?.length ?? 0;
    if (size > valueBytesMax) {
      const text = `Value for key ${JSON.stringify(Key)} is too large (${size} > ${valueBytesMax} bytes)`;
      throw new HttpError('HTTP_BODY_TOO_LARGE', text);
    }
    const DirEnt = create(DirEntry, { Key, Value, Flags, ModifyIndex, Session });
    return [create(TxnOp, { KV: { Verb, DirEnt } })];
  }
  if (Node !== null) {
    const node = Node.Node.Datacenter === '' ? { ...Node.Node, Datacenter } : Node.Node;
    return [create(TxnOp, { Node: { ...Node, Node: node } })];
  }
  if (Service !== null) return [create(TxnOp, { Service })];
  return Check === null ? [] : [create(TxnOp, { Check })];
}

async function readLimited(request: FastifyRequest, bytesMax: number): Promise<Uint8Array> {
  const refusal = (size: string): HttpError =>
    new HttpError(
      'HTTP_BODY_TOO_LARGE',
      `Request body(${size} bytes) too large, max size: ${bytesMax} bytes. ` +
        'See https://www.consul.io/docs/agent/options.html#txn_max_req_len.',
    );
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > bytesMax) throw refusal(String(announced));
  try {
    return await readBody(request, bytesMax);
  } catch (error) {
    if (!(error instanceof HttpError) || error.code !== 'HTTP_BODY_TOO_LARGE') throw error;
    throw refusal(`more than ${bytesMax}`);
  }
}
