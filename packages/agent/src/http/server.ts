import { Filters } from '@hobnob/catalog/filter';
import { errorCode } from '@hobnob/gossip/files';
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from 'fastify';
import type { AgentPort } from '../agent-port.ts';
import { formatGoDuration } from '../config/go-duration.ts';
import type { HttpConfig } from '../options.ts';
import type { AgentLogger } from '../ports.ts';
import { readsOf } from './catalog-reads.ts';
import { allMethods } from './endpoints.ts';
import { errorReply, HttpError } from './error-reply.ts';
import {
  cleanPath,
  decodedPath,
  encodedPath,
  isDecodableQuery,
  isPrintablePath,
  splitTarget,
} from './go-paths.ts';
import { addGzip } from './gzip-replies.ts';
import { addJsonReplies } from './json-reply.ts';
import { routedTarget } from './key-of-path.ts';
import { parseQuery } from './query-string.ts';
import { requestFields } from './request-log.ts';
import { addAgentRoutes } from './routes/agent.ts';
import { addAgentCheckRoutes } from './routes/agent-checks.ts';
import { addAgentHealthRoutes } from './routes/agent-health.ts';
import { addMissingPartRoutes } from './routes/agent-missing-parts.ts';
import { addAgentServiceRoute } from './routes/agent-service.ts';
import { addAgentServiceRoutes } from './routes/agent-services.ts';
import { addCatalogRoutes } from './routes/catalog.ts';
import { addCoordinateRoutes } from './routes/coordinate.ts';
import { addEventRoutes } from './routes/event.ts';
import { addHealthRoutes } from './routes/health.ts';
import { addInternalUiRoutes } from './routes/internal-ui.ts';
import { addKeyringRoutes } from './routes/keyring.ts';
import { addKvRoutes, kvPath } from './routes/kv.ts';
import { addSessionRoutes } from './routes/session.ts';
import { addSnapshotRoutes } from './routes/snapshot.ts';
import { addStatusRoutes } from './routes/status.ts';
import { addTxnRoute } from './routes/txn.ts';
import { boundUnreadBody } from './unread-body.ts';

/** Node names and addresses in a path; Consul has no limit of its own. */
const pathParameterBytesMax = 4096;

export interface ServerPorts {
  readonly agent: AgentPort;
  readonly config: {
    readonly dev: boolean;
    readonly http: Pick<HttpConfig, 'responseHeaders' | 'blockEndpoints' | 'valueBytesMax' | 'txnBytesMax'>;
  };
  /** Component `agent.http`. */
  readonly logger: AgentLogger;
}

/** The HTTP API with all its routes. Does not listen. */
export function buildServer({ agent, config, logger }: ServerPorts): FastifyInstance {
  const app = fastify({
    exposeHeadRoutes: false,
    frameworkErrors: answerBadTarget,
    rewriteUrl: ({ url = '/' }) => routedTarget(url, kvPath),
    routerOptions: { maxParamLength: pathParameterBytesMax, querystringParser: parseQuery },
    schemaController: { compilersFactory: { buildSerializer: noCompiler, buildValidator: noCompiler } },
  });
  acceptAnyBody(app);
  addJsonReplies(app, config);
  addHooks(app, { agent, config, logger });
  addGzip(app);
  addAgentRoutes(app, agent);
  addLocalRoutes(app, agent);
  addMissingPartRoutes(app, agent);
  addEventRoutes(app, agent.events);
  addKeyringRoutes(app, agent.keyring);
  const reads = readsOf(app, agent);
  addCatalogRoutes(app, agent, reads);
  addHealthRoutes(agent, reads);
  addCoordinateRoutes(app, agent, reads);
  addInternalUiRoutes(agent, reads);
  addKvRoutes(app, agent, reads, config.http);
  addSessionRoutes(app, agent, reads);
  addTxnRoute(app, agent, reads, config.http);
  addSnapshotRoutes(app, agent);
  addStatusRoutes(app, agent);
  app.route({
    method: [...allMethods],
    url: '/',
    handler: async (_request, reply) => reply.type(plainText).send('Consul Agent'),
  });
  app.setNotFoundHandler(answerUnknownPath);
  app.setErrorHandler((error, request, reply) => {
    const { status, text, unexpected } = errorReply(error);
    const fields = { ...requestFields(request.raw, reply.raw), error: unexpected ? error : text };
    // Every request that waits ends so when the agent does.
    if (errorCode(error) === 'AGENT_CLOSED') logger.debug(fields, 'Request error');
    else logger.error(fields, 'Request error');
    return reply.status(status).type(plainText).send(text);
  });
  return app;
}

/** The routes about what is registered with this agent. */
function addLocalRoutes(app: FastifyInstance, { local, localSetup: setup, place }: AgentPort): void {
  const routes = { local, setup, place, filters: new Filters() };
  addAgentServiceRoutes(app, routes);
  addAgentServiceRoute(app, routes);
  addAgentCheckRoutes(app, routes);
  addAgentHealthRoutes(app, routes);
}

/**
 * fastify loads its schema compilers, ajv among them, unless it is given others; they would double the time to
 * the first answer, and no endpoint uses a schema: records leave through JSON.stringify.
 */
function noCompiler(): never {
  throw new Error('endpoints have no schemas');
}

const plainText = 'text/plain; charset=utf-8';
/**
 * Consul's clients send bodies with any content type, a malformed one or none; fastify would refuse the second. A body
 * stays a stream: a route that wants it whole calls `readBody`, and one that takes gigabytes need not.
 */
function acceptAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
}

function addHooks(app: FastifyInstance, { config, logger }: ServerPorts): void {
  // Consul mounts these with everything below them, and redirects a request without the slash there.
  const subtrees = new Set<string>();
  app.addHook('onRoute', ({ url }) => {
    if (url.endsWith('/*')) subtrees.add(url.slice(0, -'/*'.length));
  });
  const extraHeaders = Object.entries(config.http.responseHeaders);
  app.addHook('onRequest', async (request, reply) => {
    const target = splitTarget(request.raw.url ?? '/');
    const { query } = target;
    const path = decodedPath(target.path);
    if (path === undefined || !isPrintablePath(path)) return reply.status(400).send();
    const cleaned = cleanPath(path);
    if (subtrees.has(cleaned)) return redirect(request, reply, `${cleaned}/${query}`);
    if (cleaned !== path) return redirect(request, reply, encodedPath(cleaned) + query);
    if (request.is404 || path === '/') return;
    if (request.headers['content-type'] !== undefined)
      request.headers['content-type'] = 'application/octet-stream';
    reply.header('Vary', 'Accept-Encoding');
    for (const [name, value] of extraHeaders) reply.header(name, value);
    if (!isDecodableQuery(query)) throw new HttpError('HTTP_BAD_REQUEST', 'The query cannot be decoded');
    if (config.http.blockEndpoints.some((prefix) => path.startsWith(prefix))) {
      throw new HttpError('HTTP_BLOCKED', 'Endpoint is blocked by agent configuration');
    }
  });
  app.addHook('onSend', async (request, reply) => boundUnreadBody(request.raw, reply.raw));
  app.addHook('onResponse', async (request, reply) => {
    if (logger.isLevelEnabled?.('debug') === false) return;
    const latency = formatGoDuration(reply.elapsedTime);
    logger.debug({ ...requestFields(request.raw, reply.raw), latency }, 'Request finished');
  });
}

/** Refuses a target that cannot be decoded; it never reaches a route. */
function answerBadTarget(_error: unknown, _request: unknown, reply: FastifyReply): void {
  reply.status(400).type(plainText).send('400 Bad Request');
}

function answerUnknownPath(_request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.status(404).send();
}

/** Go names these, and numbers quotes. */
const htmlEntities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** As Go does it: GET and HEAD get a link to follow by hand. Source: Go net/http Redirect. */
function redirect(request: FastifyRequest, reply: FastifyReply, location: string): FastifyReply {
  reply.status(301).header('Location', location);
  if (request.method !== 'GET' && request.method !== 'HEAD') return reply.send();
  const escaped = location.replace(
    /[&<>"']/g,
    (character) => htmlEntities[character] ?? `&#${character.charCodeAt(0)};`,
  );
  return reply.type('text/html; charset=utf-8').send(`<a href="${escaped}">Moved Permanently</a>.\n\n`);
}
