import { everything, isTxnWrite, type RpcMethods, TxnReadReply } from '@hobnob/catalog';
import { type TxnOp, TxnResponse } from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Turns } from '../../async/turns.ts';
import type { Exchange } from '../answer.ts';
import type { CatalogReads, ReadPort } from '../catalog-reads.ts';
import { addEndpoint } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { valueJson, type WriteJson } from '../json-body.ts';
import { datacenterOf, readOptions } from '../query-options.ts';
import { pauseAfter, queryValue, readBody } from '../request.ts';
import { readTxnOps } from '../txn-body.ts';

/** Limits of transactions over HTTP. */
export interface TxnLimits {
  readonly valueBytesMax: number;
  readonly txnBytesMax: number;
}

/** The route of transactions. Source: Consul agent/txn_endpoint.go. */
export function addTxnRoute(
  app: FastifyInstance,
  port: ReadPort,
  { sendLong, turns }: Pick<CatalogReads, 'sendLong' | 'turns'>,
  limits: TxnLimits,
): void {
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/txn',
    handler: async (request, reply) => {
      const Ops = await readOps(request, port, limits, turns);
      const exchange = { request, reply };
      const write = Ops.some(isTxnWrite)
        ? await applied(exchange, port, Ops)
        : await found(exchange, port, Ops);
      return sendLong(exchange, write);
    },
  });
}

type Ops = RpcMethods['Txn.Apply']['request']['Ops'] & readonly TxnOp[];

async function applied({ request, reply }: Exchange, { rpc, place }: ReadPort, Ops: Ops): Promise<WriteJson> {
  const asked = { Datacenter: datacenterOf(request, place), Token: queryValue(request, 'token') ?? '', Ops };
  const response = await rpc.call('Txn.Apply', asked, { authority: everything });
  setStatus(reply, response);
  return valueJson(TxnResponse, response);
}

async function found({ request, reply }: Exchange, { rpc, place }: ReadPort, Ops: Ops): Promise<WriteJson> {
  const { query } = readOptions(request, place);
  const asked = { ...query, MinQueryIndex: 0, Ops };
  const response = await rpc.call('Txn.Read', asked, { authority: everything });
  reply.headers({
    'X-Consul-Knownleader': String(response.KnownLeader),
    'X-Consul-Lastcontact': String(response.LastContact / 1_000_000n),
  });
  setStatus(reply, response);
  return valueJson(TxnReadReply, { ...response, Index: 0 });
}

function setStatus(reply: FastifyReply, { Errors }: TxnResponse): void {
  if (Errors !== null && Errors.length > 0) reply.status(409);
}

async function readOps(
  request: FastifyRequest,
  { place }: ReadPort,
  { valueBytesMax, txnBytesMax }: TxnLimits,
  turns: Turns,
): Promise<readonly TxnOp[]> {
  // As for older clients, a transaction may be as large as one value.
  const bytes = await readLimited(request, Math.max(txnBytesMax, valueBytesMax));
  const ops = readTxnOps(bytes, { ownDatacenter: place.datacenter, valueBytesMax });
  await pauseAfter(bytes, turns);
  return ops;
}

async function readLimited(request: FastifyRequest, bytesMax: number): Promise<Uint8Array> {
  const refusal = (size: string): HttpError =>
    new HttpError(
      'HTTP_BODY_TOO_LARGE',
      `Request body${size} too large, max size: ${bytesMax} bytes. ` +
        'See https://www.consul.io/docs/agent/options.html#txn_max_req_len.',
    );
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > bytesMax) throw refusal(`(${announced} bytes)`);
  try {
    return await readBody(request, bytesMax);
  } catch (error) {
    if (!(error instanceof HttpError) || error.code !== 'HTTP_BODY_TOO_LARGE') throw error;
    throw refusal('');
  }
}
