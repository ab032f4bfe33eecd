import { request } from 'node:http';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import { type PoolCalls, poolCalls } from './pool-calls.ts';

export type {
  DatacenterCoordinatesRecord,
  EventToFire,
  KeyChange,
  KeyringCallOptions,
  KeyringMissedRow,
  KeyringRow,
  NodeCoordinateRecord,
  PoolCalls,
} from './pool-calls.ts';

/** One row of GET /v1/agent/members, with Consul's field names. */
export interface MemberRecord {
  readonly Name: string;
  readonly Addr: string;
  readonly Port: number;
  readonly Tags: Readonly<Record<string, string>>;
  /** 0 none, 1 alive, 2 leaving, 3 left, 4 failed. */
  readonly Status: number;
  readonly ProtocolMin: number;
  readonly ProtocolMax: number;
  readonly ProtocolCur: number;
  readonly DelegateMin: number;
  readonly DelegateMax: number;
  readonly DelegateCur: number;
}

/** The part of GET /v1/agent/self that clients rely on. */
export interface SelfRecord {
  readonly Config: {
    readonly Datacenter: string;
    readonly NodeName: string;
    readonly NodeID: string;
    readonly Revision: string;
    readonly Server: boolean;
    readonly Version: string;
  };
  readonly Member: MemberRecord;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly Stats: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Where the agent is, and as whom to speak. */
export interface AgentClientOptions {
  /** `http://host:port`, `host:port` or `unix:///path`. Default 127.0.0.1:8500. */
  readonly address?: string;
  /** Sent as X-Consul-Token. */
  readonly token?: string;
  /** A call whose whole answer is not there after so long fails with CLIENT_CONNECTION. Default: it waits on. */
  readonly deadlineMs?: number;
}

/** Cuts a request short. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/**
 * - `CLIENT_ADDRESS`: the address cannot be understood.
 * - `CLIENT_CONNECTION`: no answer arrived; `cause` is Node's error (ECONNREFUSED, ENOENT, ...).
 * - `CLIENT_STATUS`: the agent answered, but not with 200; see `status` and `body`.
 * - `CLIENT_BODY`: the answer is not what this call returns.
 */
export type AgentClientErrorCode = 'CLIENT_ADDRESS' | 'CLIENT_CONNECTION' | 'CLIENT_STATUS' | 'CLIENT_BODY';

/** A request that did not succeed. Whether the agent acted on it is unknown after CLIENT_CONNECTION. */
export class AgentClientError extends Error {
  override readonly name = 'AgentClientError';
  readonly code: AgentClientErrorCode;
  readonly method: string;
  readonly url: string;
  /** 0 when no answer arrived. */
  readonly status: number;
  /** The answer's text; '' when none arrived. */
  readonly body: string;

  constructor(
    code: AgentClientErrorCode,
    message: string,
    request: {
      readonly method: string;
      readonly url: string;
      readonly status?: number;
      readonly body?: string;
    },
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.code = code;
    this.method = request.method;
    this.url = request.url;
    this.status = request.status ?? 0;
    this.body = request.body ?? '';
  }
}

/** Talks to a running agent, ours or a real Consul. Every method throws AgentClientError. */
export interface AgentClient extends PoolCalls {
  /** The WAN of an agent that is not in it (a client) is an empty list. */
  members(options?: CallOptions & { readonly wan?: boolean }): Promise<readonly MemberRecord[]>;
  self(options?: CallOptions): Promise<SelfRecord>;
  join(address: string, options?: CallOptions & { readonly wan?: boolean }): Promise<void>;
  /** Resolves when the agent has left the pool and is about to stop. */
  leave(options?: CallOptions): Promise<void>;
  forceLeave(node: string, options?: CallOptions & { readonly prune?: boolean }): Promise<void>;
}

/**
 * A client for one agent. Opens no connection until a method is called.
 * @throws AgentClientError CLIENT_ADDRESS when the address cannot be understood.
 */
export function createClient(options: AgentClientOptions = {}): AgentClient {
  const endpoint = findEndpoint(options.address ?? '127.0.0.1:8500');
  const { deadlineMs } = options;
  const headers: Record<string, string> =
    options.token === undefined ? {} : { 'X-Consul-Token': options.token };
  const call = (method: string, path: string, { signal }: CallOptions, body?: Uint8Array): Promise<string> =>
    send({ endpoint, method, path, headers, signal, body, deadlineMs });
  /** An agent that did what it was told says no more; a page would come from another kind of server. */
  const order = async (path: string, rest: CallOptions): Promise<void> => {
    const body = await call('PUT', path, rest);
    if (!['', 'null', 'true'].includes(body.trim())) {
      throw unexpected("an agent's", body, { method: 'PUT', url: endpoint.base + path });
    }
  };
  return {
    ...poolCalls({
      call,
      parse({ method, path, body }, { what, guard }) {
        const name = { method, url: endpoint.base + path };
        const value = parseJson(body, name);
        if (guard(value)) return value;
        throw unexpected(what, body, name);
      },
    }),
    async members({ wan = false, ...rest } = {}) {
      // Consul's own client always asks for all segments; only Consul Enterprise has more than one.
      const path = `/v1/agent/members?segment=_all${wan ? '&wan=1' : ''}`;
      return parseMembers(await call('GET', path, rest), { method: 'GET', url: endpoint.base + path });
    },
    async self(rest = {}) {
      const path = '/v1/agent/self';
      return parseSelf(await call('GET', path, rest), { method: 'GET', url: endpoint.base + path });
    },
    async join(address, { wan = false, ...rest } = {}) {
      await order(withFlags(`/v1/agent/join/${encodeURIComponent(address)}`, { wan }), rest);
    },
    async leave(rest = {}) {
      await order('/v1/agent/leave', rest);
    },
    async forceLeave(node, { prune = false, ...rest } = {}) {
      await order(withFlags(`/v1/agent/force-leave/${encodeURIComponent(node)}`, { prune }), rest);
    },
  };
}

function findEndpoint(address: string): Endpoint {
  const found = parseEndpoint(address);
  if (!('problem' in found)) return found;
  const forms = 'expected host:port, http://host:port or unix:///path';
  const message = `"${address}" is not an agent's address: ${found.problem}; ${forms}`;
  throw new AgentClientError('CLIENT_ADDRESS', message, { method: '', url: address });
}

/** Consul takes a flag without a value for absent. */
function withFlags(path: string, flags: Readonly<Record<string, boolean>>): string {
  const set = Object.keys(flags).filter((name) => flags[name]);
  return set.length === 0 ? path : `${path}?${set.map((name) => `${name}=1`).join('&')}`;
}

interface Sending {
  readonly endpoint: Endpoint;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
  readonly body: Uint8Array | undefined;
  readonly deadlineMs: number | undefined;
}

/** One request on one connection. node:http, because fetch cannot reach a unix socket. */
function send({ endpoint, method, path, headers, signal, body: sent, deadlineMs }: Sending): Promise<string> {
  const url = endpoint.base + path;
  return new Promise((resolve, reject) => {
    const refuse = (cause: Error): void => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      reject(
        new AgentClientError(
          'CLIENT_CONNECTION',
          `${method} ${url}: ${cause.message}`,
          { method, url },
          { cause },
        ),
      );
    };
    const outgoing = request(
      {
        ...endpoint.target,
        method,
        path,
        // Node itself leaves the length of a DELETE's body out.
        headers: { ...headers, ...(sent === undefined ? {} : { 'Content-Length': sent.length }) },
        agent: false,
        ...(signal === undefined ? {} : { signal }),
      },
      (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > answerBytesMax) answer.destroy(new Error(`the answer exceeds ${answerBytesMax} bytes`));
        });
        answer.once('error', refuse);
        answer.once('end', () => {
          const body = Buffer.concat(chunks).toString('utf8');
          const status = answer.statusCode ?? 0;
          if (status === 200) {
            resolve(body);
            return;
          }
          const message = `${method} ${url}: the agent answered ${status}: ${body.trim()}`;
          reject(new AgentClientError('CLIENT_STATUS', message, { method, url, status, body }));
        });
      },
    );
    outgoing.once('error', refuse);
    if (deadlineMs !== undefined) {
      const late = setTimeout(
        () => outgoing.destroy(new Error(`no whole answer within ${deadlineMs} ms`)),
        deadlineMs,
      );
      outgoing.once('close', () => clearTimeout(late));
    }
    outgoing.end(sent);
  });
}

/** 10,000 members with full tags stay below a tenth of this. */
const answerBytesMax = 128 * 1024 * 1024;

interface RequestName {
  readonly method: string;
  readonly url: string;
}

function parseMembers(body: string, name: RequestName): readonly MemberRecord[] {
  // An empty list is `null` in Go: a client agent's WAN pool, for one.
  const value = parseJson(body, name) ?? [];
  if (Array.isArray(value) && value.every(isMember)) return value;
  throw unexpected('a list of members', body, name);
}

function parseSelf(body: string, name: RequestName): SelfRecord {
  const value = parseJson(body, name);
  if (isSelf(value)) return value;
  throw unexpected("an agent's description of itself", body, name);
}

function parseJson(body: string, name: RequestName): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    throw unexpected('JSON', body, name, cause);
  }
}

function unexpected(
  wanted: string,
  body: string,
  { method, url }: RequestName,
  cause?: unknown,
): AgentClientError {
  const message = `${method} ${url}: the answer is not ${wanted}`;
  return new AgentClientError('CLIENT_BODY', message, { method, url, status: 200, body }, { cause });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Checks the fields that everything else is read through; the rest is as trustworthy as the agent. */
function isMember(value: unknown): value is MemberRecord {
  if (!isRecord(value)) return false;
  const { Name, Addr, Port, Tags, Status } = value;
  const named = typeof Name === 'string' && typeof Addr === 'string' && isRecord(Tags);
  return named && typeof Port === 'number' && typeof Status === 'number';
}

function isSelf(value: unknown): value is SelfRecord {
  if (!isRecord(value) || !isRecord(value['Config'])) return false;
  const { Datacenter, NodeName, NodeID } = value['Config'];
  return (
    [Datacenter, NodeName, NodeID].every((field) => typeof field === 'string') && isMember(value['Member'])
  );
}
