import { everything } from '@hobnob/catalog';
import { InputError, parseDuration } from '@hobnob/catalog/go';
import {
  create,
  json,
  listOf,
  record,
  SentSession,
  Session,
  SessionRequest,
  SessionServiceCheck,
  text,
} from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendList } from '../answer.ts';
import type { CatalogReads, ReadPort } from '../catalog-reads.ts';
import { addEndpoint } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { listJson } from '../json-body.ts';
import { refuseNamespace } from '../namespaces.ts';
import { readOptions } from '../query-options.ts';
import { readRecord, restOfPath } from '../request.ts';

const nsPerSecond = 1_000_000_000n;
const lockDelayDefaultNs = 15n * nsPerSecond;
/** Smaller numbers are seconds, as old clients send them. Source: Consul agent/session_endpoint.go, lockDelayMinThreshold. */
const lockDelayMinNs = 1000;

/** The body of a new session. What is absent has a default, which null and an empty list are not. */
const SessionBody = record(
  'Session',
  {
    ID: text,
    Name: text,
    Node: text,
    LockDelay: json,
    Behavior: text,
    TTL: text,
    NodeChecks: listOf(text),
    ServiceChecks: listOf(SessionServiceCheck),
    Checks: listOf(text),
  },
  { decoding: 'lenient', decoderType: 'struct { LockDelay interface {}; *structs.Alias }' },
);

/** The routes below /v1/session. Source: Consul agent/session_endpoint.go. */
export function addSessionRoutes(app: FastifyInstance, port: ReadPort, { addRead }: CatalogReads): void {
  addReads({ addRead });
  addWrites(app, port);
}

function addReads({ addRead }: Pick<CatalogReads, 'addRead'>): void {
  const show = ({ Sessions }: { readonly Sessions: readonly Session[] }) => listJson(Session, Sessions);
  addRead({
    url: '/v1/session/info/*',
    named: 'session',
    method: 'Session.Get',
    ask: ({ query, name }) => ({ ...query, SessionID: name }),
    show,
  });
  addRead({
    url: '/v1/session/node/*',
    named: 'node name',
    method: 'Session.NodeSessions',
    ask: ({ query, name }) => ({ ...query, Node: name }),
    show,
  });
  addRead({ url: '/v1/session/list', method: 'Session.List', ask: ({ query }) => query, show });
}

function addWrites(app: FastifyInstance, { rpc, place }: ReadPort): void {
  const apply = (request: FastifyRequest, Op: string, given: Partial<SentSession>): Promise<string> => {
    const { query } = readOptions(request, place);
    const body = create(SessionRequest, {
      Datacenter: query.Datacenter,
      Op,
      Session: create(SentSession, given),
      Token: query.Token ?? '',
    });
    return rpc.call('Session.Apply', body, { authority: everything });
  };
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/session/create',
    handler: async (request, reply) => {
      refuseNamespace(request);
      const given = await readSession(request, place.nodeName);
      return reply.json({ ID: await apply(request, 'create', given) });
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/session/destroy/*',
    handler: async (request, reply) => {
      refuseNamespace(request);
      await apply(request, 'destroy', { ID: idOf(request) });
      return reply.json(true);
    },
  });
  addEndpoint(app, {
    method: 'PUT',
    url: '/v1/session/renew/*',
    handler: async (request, reply) => {
      refuseNamespace(request);
      const id = idOf(request);
      const { Datacenter, Token = '' } = readOptions(request, place).query;
      const asked = { Datacenter, Token, SessionID: id };
      const { Sessions } = await rpc.call('Session.Renew', asked, { authority: everything });
      if (Sessions.length === 0) throw new HttpError('HTTP_NOT_FOUND', `Session id '${id}' not found`);
      return sendList(reply, Session, Sessions);
    },
  });
}

function idOf(request: FastifyRequest): string {
  const id = restOfPath(request);
  if (id === '') throw new HttpError('HTTP_BAD_REQUEST', 'Missing session');
  return id;
}

/** @throws HttpError HTTP_BAD_REQUEST. */
async function readSession(request: FastifyRequest, ownNode: string): Promise<Partial<SentSession>> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const isEmpty = encoding === undefined && Number(length ?? 0) === 0;
  const body = isEmpty ? create(SessionBody, {}) : await readRecord(request, SessionBody);
  return {
    ...body,
    Node: body.Node === '' ? ownNode : body.Node,
    LockDelay: lockDelayOf(body.LockDelay),
    NodeChecks: nodeChecksOf(body.NodeChecks, body.Checks),
    Checks: null,
  };
}

function lockDelayOf(given: unknown): bigint {
  if (typeof given === 'string') {
    try {
      return parseDuration(given);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      throw new HttpError('HTTP_BAD_REQUEST', `Request decode failed: ${error.message}`);
    }
  }
  if (typeof given !== 'number') return lockDelayDefaultNs;
  const ns = BigInt(Math.trunc(given));
  return given < lockDelayMinNs ? ns * nsPerSecond : ns;
}

function nodeChecksOf(given: readonly string[] | null, old: readonly string[] | null): readonly string[] {
  return given ?? (old !== null && old.length > 0 ? old : ['serfHealth']);
}
