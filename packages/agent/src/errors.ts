/**
 * - `AGENT_CONFIG`: the configuration is wrong; `problems` lists every fault with path, value and what is allowed.
 *   Nothing was started.
 * - `AGENT_CONFIG_FILE`: a configuration file or directory cannot be read. Nothing was started.
 * - `AGENT_PROTECTION`: the configuration asks for protection this version cannot give, and starting without it
 *   would be less safe than the operator asked for. Nothing was started.
 * - `AGENT_DATA_DIR`: the data directory cannot be created, read or written, or its node id is damaged.
 * - `AGENT_BIND`: an address or port cannot be listened on. What was already open has been closed.
 * - `AGENT_JOIN`: none of the addresses to join could be joined; `cause` says why. The pool is unchanged.
 * - `AGENT_REFUSED`: this agent must not join members of the pool, or the pool refuses this agent.
 * - `AGENT_MIXED_SERVERS`: the LAN pool holds real Consul servers of this datacenter, which would add this agent to
 *   their Raft. The pool is unchanged and does not know this agent.
 * - `AGENT_NO_WAN`: the operation needs the WAN pool, which only servers have. Unchanged.
 * - `AGENT_NO_SUCH_MEMBER`: no member has that name. Unchanged.
 * - `AGENT_EVENT`: a user event may not be fired like this: it has no name, a filter that is no regular expression,
 *   or is too large. Nothing was sent.
 * - `AGENT_KEYRING`: a key operation did not succeed everywhere; the text says where not. Other members may have
 *   made the change.
 * - `AGENT_NO_DATACENTER`: the operation is about another datacenter, which this version does not reach. Unchanged.
 * - `AGENT_CHECK`: a check is defined in a way that Consul refuses; the text is Consul's. Unchanged.
 * - `AGENT_NO_SUCH_SERVICE`: no service with that id is registered with this agent. Unchanged.
 * - `AGENT_NO_SUCH_CHECK`: no check with that id is registered with this agent. Unchanged.
 * - `AGENT_NO_TTL`: a state was reported for a check that is no TTL check. Unchanged.
 * - `AGENT_CHECK_DISABLED`: a check runs a program, and the settings allow none. Unchanged.
 * - `AGENT_SERVICE`: a service is defined in a way that Consul refuses; the text is Consul's. Unchanged.
 * - `AGENT_SERVICE_ADDRESS`: a tagged address of a service is not of the family that its tag names. Unchanged.
 * - `AGENT_SIDECAR`: the sidecar in a service's definition is refused, or there is no port left for it. Unchanged.
 * - `AGENT_NO_SERVERS`: the operation needs the catalog of a server, and this client agent reaches none. Unchanged.
 * - `AGENT_BUSY`: too many requests wait for the next event, or too many events wait to be sent. Unchanged.
 * - `AGENT_ARGUMENT`: a method of the agent was called with an argument of the wrong type; the class of this error
 *   is `AgentTypeError`. Nothing was sent, unchanged.
 * - `AGENT_TIMEOUT`: the deadline passed; the change has taken effect here but may not have reached others.
 * - `AGENT_CLOSED`: the agent has left or was closed. Unchanged.
 */
export type AgentErrorCode =
  | 'AGENT_CONFIG'
  | 'AGENT_CONFIG_FILE'
  | 'AGENT_PROTECTION'
  | 'AGENT_DATA_DIR'
  | 'AGENT_BIND'
  | 'AGENT_JOIN'
  | 'AGENT_REFUSED'
  | 'AGENT_MIXED_SERVERS'
  | 'AGENT_NO_WAN'
  | 'AGENT_NO_SUCH_MEMBER'
  | 'AGENT_EVENT'
  | 'AGENT_KEYRING'
  | 'AGENT_NO_DATACENTER'
  | 'AGENT_CHECK'
  | 'AGENT_NO_SUCH_SERVICE'
  | 'AGENT_NO_SUCH_CHECK'
  | 'AGENT_NO_TTL'
  | 'AGENT_CHECK_DISABLED'
  | 'AGENT_SERVICE'
  | 'AGENT_SERVICE_ADDRESS'
  | 'AGENT_SIDECAR'
  | 'AGENT_NO_SERVERS'
  | 'AGENT_BUSY'
  | 'AGENT_ARGUMENT'
  | 'AGENT_TIMEOUT'
  | 'AGENT_CLOSED';

export interface AgentErrorOptions extends ErrorOptions {
  readonly problems?: readonly string[];
}

/** An operating error: something outside the agent must change. Match `code`, never the text. */
export class AgentError extends Error {
  override readonly name = 'AgentError';
  readonly code: AgentErrorCode;
  /** One sentence for each fault, at least one; the same text as `message` when there is only one. */
  readonly problems: readonly string[];

  constructor(code: AgentErrorCode, message: string, options: AgentErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.problems = options.problems ?? [message];
  }
}

/** A call that its caller has to change. Methods that return a promise reject with it. A `TypeError` with a code. */
export class AgentTypeError extends TypeError {
  override readonly name = 'AgentTypeError';
  readonly code: Extract<AgentErrorCode, 'AGENT_ARGUMENT'>;
  /** One sentence for each fault, at least one. */
  readonly problems: readonly string[];

  constructor(code: AgentTypeError['code'], message: string, options: AgentErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.problems = options.problems ?? [message];
  }
}
