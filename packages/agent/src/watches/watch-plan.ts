import {
  type AgentClient,
  describeApiError,
  describeKvReadError,
  type KvEntry,
  type ReadAnswer,
  type ReadOptions,
  type UserEventRecord,
} from '../client/client.ts';
import { apiShapes, asHeldByGo } from './api-shapes.ts';
import type { GoJson } from './go-json.ts';
import { type ParameterName, readParameters, type WatchParameters } from './watch-parameters.ts';

/** What a view was at an index. */
export interface WatchedView {
  /** 0 for a view that has a hash in place of an index. */
  readonly index: bigint;
  /** Of the views of one agent's own services. */
  readonly hash?: string;
  readonly value: GoJson;
}

/** How a view is read: with an index, or a hash, once it has changed since. */
export interface ViewOptions extends ReadOptions {
  readonly hash?: string;
}

/** A view to watch. */
export interface WatchPlan {
  readonly type: string;
  read(client: AgentClient, options: ViewOptions): Promise<WatchedView>;
  /** The sentence for a failed read. Rethrows an error that is none of reads. */
  describe(error: unknown): string;
}

type Read = WatchPlan['read'];

/** One type of watches: its parameters, and how it reads its view, or why its parameters are wrong. */
interface WatchType {
  readonly parameters: readonly ParameterName[];
  /** Absent for types that only programs watch which are part of Consul. */
  plan?(given: WatchParameters): Read | string;
}

/** A view that cannot be asked for. */
class ViewError extends Error {}

/**
 * The plan of a watch, or the sentence that refuses its parameters; undefined ones are absent. The types of Connect exist in
 * Consul, whose command and configuration refuse them.
 * Source: Consul api/watch/watch.go, funcs.go.
 */
export function planWatch(type: string, given: Readonly<Record<string, unknown>>): WatchPlan | string {
  const watchType = Object.hasOwn(watchTypes, type) ? watchTypes[type] : undefined;
  if (watchType === undefined) return `Unsupported watch type: ${type}`;
  const parameters = readParameters(watchType.parameters, given);
  if (typeof parameters === 'string') return parameters;
  const read = watchType.plan?.(parameters);
  if (typeof read === 'string') return read;
  const known: readonly string[] = watchType.parameters;
  const foreign = Object.keys(given).filter((name) => given[name] !== undefined && !known.includes(name));
  if (foreign.length > 0) return `Invalid parameters: [${foreign.sort().join(' ')}]`;
  if (read === undefined) return `Type ${type} is not supported in the CLI tool`;
  const describeFailure = type === 'key' || type === 'keyprefix' ? describeKvReadError : describeApiError;
  const place: ViewOptions = parameters.stale === true ? { consistency: 'stale' } : {};
  return {
    type,
    read: (client, options) => read(client, { ...place, ...options }),
    describe: (error) => (error instanceof ViewError ? error.message : describeFailure(error)),
  };
}

const watchTypes: Readonly<Record<string, WatchType>> = {
  key: {
    parameters: ['stale', 'key'],
    plan({ key = '' }) {
      if (key === '') return 'Must specify a single key to watch';
      return async (client, options) => viewOf(await client.kv.get(key, options), entryOrNull);
    },
  },
  keyprefix: {
    parameters: ['stale', 'prefix'],
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
    parameters: ['stale', 'service', 'tag', 'passingonly'],
    plan({ service = '', tag = [], passingonly = false }) {
      if (service === '') return 'Must specify a single service to watch';
      return async (client, options) => {
        const answer = await client.health.service(service, { ...options, tag, passing: passingonly });
        return viewOf(answer, (value) => asHeldByGo(apiShapes.service, value));
      };
    },
  },
  checks: { parameters: ['stale', 'service', 'state'], plan: planChecks },
  event: {
    parameters: ['name'],
    plan:
      ({ name = '' }) =>
      async (client, options) => {
        const answer = await client.listEvents({ ...options, ...(name === '' ? {} : { name }) });
        return viewOf(answer, (events) => asHeldByGo(apiShapes.event, newerThan(events, options.index)));
      },
  },
  agent_service: {
    parameters: ['service_id'],
    plan:
      ({ service_id: id = '' }) =>
      async (client, { hash, signal, token }) => {
        const service = await client.agent.service(id, {
          ...(hash === undefined ? {} : { hash }),
          ...(signal === undefined ? {} : { signal }),
          ...(token === undefined ? {} : { token }),
        });
        const contentHash = service.ContentHash ?? '';
        return { index: 0n, hash: contentHash, value: asHeldByGo(apiShapes.agentService, service) };
      },
  },
  connect_leaf: { parameters: ['service'] },
  connect_roots: { parameters: [] },
};

function planChecks({ service = '', state = '' }: WatchParameters): Read | string {
  if (service !== '' && state !== '') return 'Cannot specify service and state';
  return async (client, options) => {
    const answer =
      service === ''
        ? await client.health.state(stateOf(state === '' ? 'any' : state), options)
        : await client.health.checks(service, options);
    return viewOf(answer, (value) => asHeldByGo(apiShapes.checks, value));
  };
}

const states = ['any', 'passing', 'warning', 'critical'] as const;

/** Consul's client refuses other states, at each read. Source: Consul api/health.go, State. */
function stateOf(state: string): (typeof states)[number] {
  const known = states.find((each) => each === state);
  if (known === undefined) throw new ViewError(`Unsupported state: ${state}`);
  return known;
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
