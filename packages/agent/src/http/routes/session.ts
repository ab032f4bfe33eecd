import { everything } from '@hobnob/catalog';
import { InputError, parseDuration } from '@hobnob/catalog/go';
import { create, json, record, Session, SessionRequest } from '@hobnob/catalog/records';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { sendList } from '../answer.ts';
import type { CatalogReads, ReadPort } from '../catalog-reads.ts';
import { addEndpoint } from '../endpoints.ts';
import { HttpError } from '../error-reply.ts';
import { listJson } from '../json-body.ts';
import { refuseNamespace } from '../namespaces.ts';
import { datacenterOf, readOptions } from '../query-options.ts';
import { queryValue, readRecord, restOfPath } from '../request.ts';

const nsPerSecond = 1_000_000_000n;
const lockDelayDefaultNs = 15n * nsPerSecond;
/** Smaller numbers are seconds, as old clients send them. Source: Consul agent/session_endpoint.go, lockDelayMinThreshold. */
const lockDelayMinNs = 1000n;
/** The check of the pool on a node. */
const serfHealth = 'serfHealth';

/** The body of a new session. */
const SessionBody = record(
  'Session',
  { ...Session.fields, LockDelay: json },
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
    ask: ({ query, name }) => ({ SessionID: name, ...query }),
    show,
  });
  addRead({
    url: '/v1/session/node/*',
    named: 'node name',
    method: 'Session.NodeSessions',
    ask: ({ query, name }) => ({ Node: name, ...query }),
    show,
  });
  addRead({ url: '/v1/session/list', method: 'Session.List', ask: ({ query }) => query, show });
}

function addWrites(app: FastifyInstance, { rpc, place }: ReadPort): void {
  const apply = (request: FastifyRequest, Op: string, given: Partial<Session>): Promise<string> => {
    const body = create(SessionRequest, {
      Datacenter: datacenterOf(request, place),
      Op,
      Session: create(Session, given),
      Token: queryValue(request, 'token') ?? '',
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

/** Consul reads a body whose length is announced alone. @throws HttpError HTTP_BAD_REQUEST. */
async function readSession(request: FastifyRequest, ownNode: string): Promise<Partial<Session>> {
  const base = create(SessionBody, { Node: ownNode, NodeChecks: [serfHealth], Checks: [serfHealth] });
  const hasBody = Number(request.headers['content-length'] ?? 0) > 0;
  const body = hasBody ? await readRecord(request, SessionBody, { base }) : base;
  return {
    ...body,
    CreateIndex: 0,
    ModifyIndex: 0,
    LockDelay: lockDelayOf(body.LockDelay),
    ...checksOf(body),
  };
}

function lockDelayOf(given: unknown): bigint {
  if (given === null) return lockDelayDefaultNs;
  const ns = typeof given === 'string' ? durationOf(given) : typeof given === 'number' ? int64Of(given) : 0n;
  return ns >= lockDelayMinNs ? ns : BigInt.asIntN(64, ns * nsPerSecond);
}

function durationOf(text: string): bigint {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new HttpError('HTTP_BAD_REQUEST', `Request decode failed: ${error.message}`);
  }
}

/** A number as Go on amd64 turns it into 64 bits. */
function int64Of(value: number): bigint {
  return Math.abs(value) < 2 ** 63 ? BigInt(Math.trunc(value)) : -(2n ** 63n);
}

/**
 * Older clients name the checks of a node in `Checks`, newer ones in `NodeChecks`, of which the check of the pool is the
 * default. When either is given and empty, the other is too; the default in the older field says nothing.
 */
function checksOf({
  NodeChecks,
  Checks,
}: Pick<Session, 'NodeChecks' | 'Checks'>): Pick<Session, 'NodeChecks' | 'Checks'> {
  if ((Checks ?? []).length === 0) return { NodeChecks: [], Checks };
  if ((NodeChecks ?? []).length === 0) return { NodeChecks, Checks: [] };
  return { NodeChecks, Checks: Checks?.length === 1 && Checks[0] === serfHealth ? null : Checks };
}
