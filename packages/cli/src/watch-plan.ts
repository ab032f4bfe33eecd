import type { AgentClient, KvEntry, ReadAnswer, ReadOptions, UserEventRecord } from '@hobnob/agent/client';
import { apiShapes, asHeldByGo } from './api-shapes.ts';
import type { GoJson } from './go-json.ts';

/** What a view was at an index. */
export interface WatchedView {
  readonly index: bigint;
  readonly value: GoJson;
}

/** A view to watch. */
export interface WatchPlan {
  readonly type: string;
  /** Reads the view, with an index once it has changed since. */
  read(client: AgentClient, options: ReadOptions): Promise<WatchedView>;
}

/** The parameters of a watch, by Consul's names. */
export interface WatchParameters {
  readonly type: string;
  readonly key?: string | undefined;
  readonly prefix?: string | undefined;
  readonly service?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly passingonly?: boolean | undefined;
  readonly state?: string | undefined;
  readonly name?: string | undefined;
  readonly stale?: boolean | undefined;
}

type Read = WatchPlan['read'];
type ParameterName = Exclude<keyof WatchParameters, 'type'>;

/** One type of watches: its parameters, and how it reads its view, or why its parameters are wrong. */
interface WatchType {
  readonly parameters: readonly ParameterName[];
  plan(given: WatchParameters): Read | string;
}

/**
 * The plan of a watch, or the sentence that refuses its parameters. The types of Connect and of the agent's own services
 * exist in Consul, whose command refuses them.
 * Source: Consul api/watch/funcs.go.
 */
export function planWatch(given: WatchParameters): WatchPlan | string {
  const { type } = given;
  const watchType = Object.hasOwn(watchTypes, type) ? watchTypes[type] : undefined;
  if (watchType === undefined) return `Unsupported watch type: ${type}`;
  const read = watchType.plan(given);
  if (typeof read === 'string' && !isForAgents(type)) return read;
  const foreign = parameterNames.filter(
    (name) => given[name] !== undefined && !watchType.parameters.includes(name),
  );
  if (foreign.length > 0) return `Invalid parameters: [${foreign.join(' ')}]`;
  return typeof read === 'string' ? read : { type, read };
}

const parameterNames: readonly ParameterName[] = [
  'key',
  'name',
  'passingonly',
  'prefix',
  'service',
  'stale',
  'state',
  'tag',
];

const watchTypes: Readonly<Record<string, WatchType>> = {
  key: {
    parameters: ['key', 'stale'],
    plan({ key = '' }) {
      if (key === '') return 'Must specify a single key to watch';
      return async (client, options) => viewOf(await client.kv.get(key, options), entryOrNull);
    },
  },
  keyprefix: {
    parameters: ['prefix', 'stale'],
    plan({ prefix = '' }) {
      if (prefix === '') return 'Must specify a single prefix to watch';
      return async (client, options) =>
        viewOf(await client.kv.list(prefix, options), (entries) =>
          entries.length === 0 ? null : entries.map(entryOrNull),
        );
    },
  },
  services: {
    parameters: ['stale'],
    plan: () => async (client, options) =>
      viewOf(await client.catalog.services(options), (value) => asHeldByGo(apiShapes.services, value)),
  },
  nodes: {
    parameters: ['stale'],
    plan: () => async (client, options) =>
      viewOf(await client.catalog.nodes(options), (value) => asHeldByGo(apiShapes.nodes, value)),
  },
  service: {
    parameters: ['service', 'tag', 'passingonly', 'stale'],
    plan({ service = '', tag = [], passingonly = false }) {
      if (service === '') return 'Must specify a single service to watch';
      return async (client, options) => {
        const answer = await client.health.service(service, { ...options, tag, passing: passingonly });
        return viewOf(answer, (value) => asHeldByGo(apiShapes.service, value));
      };
    },
  },
  checks: { parameters: ['service', 'state', 'stale'], plan: planChecks },
  event: {
    parameters: ['name'],
    plan:
      ({ name = '' }) =>
      async (client, options) => {
        const answer = await client.listEvents({ ...options, ...(name === '' ? {} : { name }) });
        return viewOf(answer, (events) => asHeldByGo(apiShapes.event, newerThan(events, options.index)));
      },
  },
  ...forAgents('agent_service', []),
  ...forAgents('connect_leaf', ['service']),
  ...forAgents('connect_roots', []),
};

function planChecks({ service = '', state = '' }: WatchParameters): Read | string {
  if (service !== '' && state !== '') return 'Cannot specify service and state';
  return async (client, options) => {
    const answer =
      service === ''
        ? await client.health.state(stateOf(state), options)
        : await client.health.checks(service, options);
    return viewOf(answer, (value) => asHeldByGo(apiShapes.checks, value));
  };
}

/** What is no state is the agent's to refuse. */
function stateOf(state: string): Parameters<AgentClient['health']['state']>[0] {
  return (state === '' ? 'any' : state) as ReturnType<typeof stateOf>;
}

function isForAgents(type: string): boolean {
  return /^(connect|agent)_/.test(type);
}

function forAgents(type: string, parameters: readonly ParameterName[]): Readonly<Record<string, WatchType>> {
  return { [type]: { parameters, plan: () => `Type ${type} is not supported in the CLI tool` } };
}

function viewOf<T>({ index, value }: ReadAnswer<T>, write: (value: T) => GoJson): WatchedView {
  return { index, value: write(value) };
}

/** As Go writes it. Source: Consul api/kv.go, KVPair. */
function entryOrNull(entry: KvEntry | undefined): GoJson {
  if (entry === undefined) return null;
  const { Key, CreateIndex, ModifyIndex, LockIndex, Flags, Value, Session, Namespace } = entry;
  return {
    Key,
    CreateIndex,
    ModifyIndex,
    LockIndex,
    Flags,
    Value: Value.length === 0 ? null : Buffer.from(Value).toString('base64'),
    Session,
    Namespace,
  };
}

/** The events behind the one with this index; all when there is none. */
function newerThan(
  events: readonly UserEventRecord[],
  index: bigint | undefined,
): readonly UserEventRecord[] {
  const at = events.findIndex(({ ID }) => indexOfEvent(ID) === index);
  return events.slice(at + 1);
}

/** The index of an event is in its id. Source: Consul api/event.go, IDToIndex. */
function indexOfEvent(id: string): bigint | undefined {
  const digits = id.replaceAll('-', '');
  if (!/^[0-9a-f]{32}$/i.test(digits)) return undefined;
  return BigInt(`0x${digits.slice(0, 16)}`) ^ BigInt(`0x${digits.slice(16)}`);
}
