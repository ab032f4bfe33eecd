import type { UserEventRecord } from '@hobnob/catalog/records';
import { type Clock, type ExpressionEngine, type Gossip, type UserEvent, WireError } from '@hobnob/gossip';
import { errorCode } from '@hobnob/gossip/files';
import type { EventRequest } from '../agent-port.ts';
import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';
import type { AgentLogger } from '../ports.ts';
import { type ConsulEvent, decodeConsulEvent, encodeConsulEvent, eventVersion } from './consul-event.ts';
import type { EventTarget } from './event-filter.ts';
import { EventInbox } from './event-inbox.ts';
import type { EventLog } from './event-log.ts';

/** Serf's names of the events that Consul understands. Source: Consul agent/consul/serf.go. */
const consulPrefix = 'consul:';
const newLeaderName = 'consul:new-leader';
const userPrefix = 'consul:event:';
/** Asks agents to run a command; off by default in Consul, and not here at all. */
const remoteExecName = '_rexec';
/** Source: Serf's UserEventSizeLimit. */
const eventBytesMax = 512;

export interface UserEventsParts {
  readonly config: Pick<AgentConfig, 'nodeName' | 'server' | 'datacenter'>;
  readonly lan: Gossip;
  /** The services that are registered with this agent, by id. */
  readonly services: EventTarget['services'];
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: AgentLogger;
  readonly newId: () => string;
  readonly loadExpressions: () => Promise<ExpressionEngine>;
}

/** Consul's user events: fires them, and lists those that are for this agent. */
export class UserEvents {
  readonly #parts: UserEventsParts;
  readonly #agentLog: AgentLogger;
  readonly #roleLog: AgentLogger;
  readonly #inbox: EventInbox;
  #engine: Promise<ExpressionEngine> | undefined;

  constructor(parts: UserEventsParts) {
    this.#parts = parts;
    const { config, services, clock, logger } = parts;
    this.#agentLog = logger.child({ component: 'agent' });
    this.#roleLog = logger.child({ component: config.server ? 'agent.server' : 'agent.client' });
    this.#inbox = new EventInbox({
      clock,
      loadExpressions: () => this.#load(),
      target: { nodeName: config.nodeName, services },
      log: this.#agentLog,
      keep: (event) => this.#keep(event),
    });
  }

  /** Receives events until the returned function is called. */
  start(): () => void {
    const unsubscribe = this.#parts.lan.on('user-event', (event) => this.#receive(event));
    return () => {
      unsubscribe();
      this.#inbox.close();
    };
  }

  /**
   * Sends an event to all agents of the datacenter; resolves when it is queued for gossip.
   * @throws AgentError AGENT_EVENT, AGENT_NO_DATACENTER, AGENT_BUSY, AGENT_CLOSED.
   */
  async fire(request: EventRequest): Promise<UserEventRecord> {
    const { config, lan, newId } = this.#parts;
    if (request.datacenter !== '' && request.datacenter !== config.datacenter) {
      throw new AgentError('AGENT_NO_DATACENTER', 'No path to datacenter');
    }
    await this.#checkFilters(request);
    const { name, payload, nodeFilter, serviceFilter, tagFilter } = request;
    const id = newId();
    const event = { id, name, payload, nodeFilter, serviceFilter, tagFilter, version: eventVersion };
    const bytes = encodeConsulEvent(event);
    const contentBytes = Buffer.byteLength(userPrefix + name) + bytes.length;
    if (contentBytes > eventBytesMax) {
      throw tooLarge(`user event exceeds configured limit of ${eventBytesMax} bytes before encoding`);
    }
    try {
      lan.userEvent(userPrefix + name, bytes);
    } catch (error) {
      throw firingError(error);
    }
    // Consul does not know the time of an event that it has just fired either.
    return toRecord(event, 0);
  }

  async #checkFilters({ nodeFilter, serviceFilter, tagFilter }: EventRequest): Promise<void> {
    if (tagFilter !== '' && serviceFilter === '') {
      throw new AgentError('AGENT_EVENT', 'Cannot provide tag filter without service filter');
    }
    if (nodeFilter + serviceFilter === '') return;
    const expressions = await this.#load();
    for (const [kind, filter] of [
      ['node', nodeFilter],
      ['service', serviceFilter],
      ['tag', tagFilter],
    ] as const) {
      const problem = filter === '' ? undefined : expressions.problem(filter);
      if (problem !== undefined) throw new AgentError('AGENT_EVENT', `Invalid ${kind} filter: ${problem}`);
    }
  }

  #receive({ name, payload, lamportTime }: UserEvent): void {
    if (!name.startsWith(consulPrefix)) return;
    if (name === newLeaderName) {
      this.#roleLog.info({ payload: Buffer.from(payload).toString('utf8') }, 'New leader elected');
      return;
    }
    if (!name.startsWith(userPrefix)) {
      this.#roleLog.warn({ event: name }, 'Unhandled local event');
      return;
    }
    const userName = name.slice(userPrefix.length);
    // Consul's servers and clients word the line differently.
    if (this.#parts.config.server) this.#roleLog.debug({ event: userName }, 'User event');
    else this.#roleLog.debug({ name: userName }, 'user event');
    try {
      const event = decodeConsulEvent(payload);
      if (event.version > eventVersion) {
        const fields = { version: event.version, event: event.name };
        this.#agentLog.warn(fields, 'Event version may have unsupported features');
      }
      this.#inbox.add(toRecord(event, lamportTime));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#agentLog.error({ error: error.message }, 'Failed to decode event');
    }
  }

  #load(): Promise<ExpressionEngine> {
    this.#engine ??= this.#parts.loadExpressions();
    return this.#engine;
  }

  /** An event that is for this agent. */
  #keep(event: UserEventRecord): void {
    const { ID, Name } = event;
    if (Name === remoteExecName) {
      this.#agentLog.info({ event_id: ID }, 'ignoring remote exec event: disabled');
      return;
    }
    this.#agentLog.debug({ event_name: Name, event_id: ID }, 'new event');
    this.#parts.log.add(event);
  }
}

function toRecord(event: ConsulEvent, lamportTime: number): UserEventRecord {
  const { id, name, payload, nodeFilter, serviceFilter, tagFilter, version } = event;
  return {
    ID: id,
    Name: name,
    Payload: payload.length === 0 ? null : payload,
    NodeFilter: nodeFilter,
    ServiceFilter: serviceFilter,
    TagFilter: tagFilter,
    Version: version,
    LTime: lamportTime,
  };
}

function firingError(error: unknown): unknown {
  const code = errorCode(error);
  if (code === 'GOSSIP_CLOSED') return new AgentError('AGENT_CLOSED', 'the agent has left or is closed');
  if (code === 'GOSSIP_BUSY') {
    const reason = 'too many user events wait to be sent: try again later';
    return new AgentError('AGENT_BUSY', reason, { cause: error });
  }
  if (code !== 'GOSSIP_TOO_LARGE') return error;
  return tooLarge(
    `encoded user event exceeds configured limit of ${eventBytesMax} bytes after encoding`,
    error,
  );
}

/** As Consul reports what one of its network segments refuses. */
function tooLarge(reason: string, cause?: unknown): AgentError {
  const text = `1 error occurred:\n\t* error broadcasting event to segment "": ${reason}\n\n`;
  return new AgentError('AGENT_EVENT', text, { cause });
}
