import { CatalogError } from '../errors.ts';
import { formatDuration, parseDuration } from '../go/index.ts';
import type { Session, SessionRequest } from '../records/index.ts';
import { sessionIdProblem } from '../store/keys.ts';
import { getSession, listSessions, nodeSessions } from '../store/queries/sessions.ts';
import type { Tables } from '../store/tables.ts';
import { checkDatacenter, type EndpointContext, type Handler, mapAnswer, propose, read } from './context.ts';
import type { RpcMethods } from './methods.ts';
import type { SessionByIdRequest } from './requests.ts';

type Of<M extends keyof RpcMethods> = Handler<RpcMethods[M]['request'], RpcMethods[M]['reply']>;

const nsPerSecond = 1_000_000_000n;
/** Source: Consul agent/structs, SessionTTLMax; the least is configured. */
const ttlMaxNs = 24n * 3600n * nsPerSecond;
const ttlMinNs = 10n * nsPerSecond;

/** Consul's Session endpoint. Sources: consensus-and-rpc.md 3.12, 5.4. */
export function sessionEndpoint(context: EndpointContext) {
  return {
    'Session.Apply': (async (request) => {
      checkDatacenter(context, request.Datacenter);
      checkSession(request, context.sessionTtlMinNs ?? ttlMinNs);
      const { Session } = request;
      const body = request.Op === 'create' ? { ...request, Session: withId(context, Session) } : request;
      const value = await propose(context, { type: 3, body });
      return { reply: typeof value === 'string' ? value : '', topics: [] };
    }) satisfies Of<'Session.Apply'>,

    'Session.Get': (async (request, options) => {
      checkDatacenter(context, request.Datacenter);
      const id = idOf(request);
      const ask = (tables: Tables) =>
        mapAnswer(getSession(tables, id), (found) => ({ Sessions: found === undefined ? [] : [found] }));
      return read(context, { key: ['Session.Get', id], request, ask }, options);
    }) satisfies Of<'Session.Get'>,

    'Session.List': (async (request, options) => {
      const ask = (tables: Tables) => mapAnswer(listSessions(tables), (Sessions) => ({ Sessions }));
      return read(context, { key: ['Session.List'], request, ask }, options);
    }) satisfies Of<'Session.List'>,

    'Session.NodeSessions': (async (request, options) => {
      const ask = (tables: Tables) =>
        mapAnswer(nodeSessions(tables, request.Node), (Sessions) => ({ Sessions }));
      return read(context, { key: ['Session.NodeSessions', request.Node], request, ask }, options);
    }) satisfies Of<'Session.NodeSessions'>,

    'Session.Renew': (async (request, options) => {
      checkDatacenter(context, request.Datacenter);
      const id = idOf(request);
      const ask = (tables: Tables) =>
        mapAnswer(getSession(tables, id), (found) => ({ Sessions: found === undefined ? [] : [found] }));
      // Not a read that may wait or be stale: only the leader keeps the time.
      const now = { Datacenter: request.Datacenter };
      const answered = await read(context, { key: ['Session.Renew', id], request: now, ask }, options);
      for (const session of answered.reply.Sessions) context.sessions.renew(session);
      return answered;
    }) satisfies Of<'Session.Renew'>,
  };
}

/** Older agents name the session in another field. @throws CatalogError CATALOG_REFUSED for what is no id. */
function idOf({ SessionID, Session = '' }: SessionByIdRequest): string {
  const id = SessionID === undefined || SessionID === '' ? Session : SessionID;
  const problem = sessionIdProblem(id);
  if (problem !== undefined) refuse(problem);
  return id;
}

/** @throws CatalogError CATALOG_REFUSED. */
function checkSession({ Op, Session }: SessionRequest, minNs: bigint): void {
  if (Session.ID === '' && Op === 'destroy') refuse('Must provide ID');
  if (Session.Node === '' && Op === 'create') refuse('Must provide Node');
  if (!['', 'release', 'delete'].includes(Session.Behavior)) {
    refuse(`Invalid Behavior setting '${Session.Behavior}'`);
  }
  if (Session.TTL === '') return;
  const ttlNs = durationOf(Session.TTL);
  if (ttlNs !== 0n && (ttlNs < minNs || ttlNs > ttlMaxNs)) {
    const range = `[${formatDuration(minNs)}=${formatDuration(ttlMaxNs)}]`;
    refuse(`Invalid Session TTL '${ttlNs}', must be between ${range}`);
  }
}

function durationOf(text: string): bigint {
  try {
    return parseDuration(text);
  } catch (error) {
    return refuse(`Session TTL '${text}' invalid: ${error instanceof Error ? error.message : error}`);
  }
}

function refuse(message: string): never {
  throw new CatalogError('CATALOG_REFUSED', message);
}

/** The leader names a session. */
function withId({ state, newId }: EndpointContext, session: Session): Session {
  let ID = newId();
  while (getSession(state.tables, ID).value !== undefined) ID = newId();
  return { ...session, ID };
}
