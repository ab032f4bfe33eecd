import { CatalogError } from '../errors.ts';
import type { Filter, Filters } from '../filter/index.ts';
import { InputError } from '../go/index.ts';
import type { CommandLog } from '../log/command-log.ts';
import type { Clock, Rng, WallClock } from '../ports.ts';
import type { DatacenterMap, Infer, RecordShape, Session } from '../records/index.ts';
import type { Command, CommandValue } from '../store/commands.ts';
import type { Answer } from '../store/queries/answer.ts';
import { Later, type Pieces } from '../store/queries/later.ts';
import type { Tables } from '../store/tables.ts';
import type { Topic } from '../store/topics.ts';
import { waitTimeMs } from '../watch/wait-time.ts';
import type { WatchedStore } from '../watch/watched-store.ts';
import type { Found } from '../watch/watches.ts';
import type { QueryMeta } from './replies.ts';
import type { QueryOptions } from './requests.ts';
import type { CallOptions } from './rpc.ts';

/** What the endpoints work with. */
export interface EndpointContext {
  readonly state: WatchedStore;
  readonly log: CommandLog;
  readonly datacenter: string;
  readonly clock: Clock;
  /** The time of day, for entries that end at a time. */
  readonly wallClock: WallClock;
  readonly rng: Rng;
  /** A random UUID. */
  readonly newId: () => string;
  /** The time of sessions, which the leader keeps. */
  readonly sessions: { renew(session: Session): void };
  /** The shortest TTL of a session, in ns. Default 10 s. */
  readonly sessionTtlMinNs?: bigint;
  /** Keeps compiled filter expressions. */
  readonly filters: Filters;
  /** Every known datacenter with the coordinates of its servers, the nearest first. */
  readonly datacenters: () => readonly DatacenterMap[];
  /** Lets other work pass between two pieces of a long answer. Without it an answer is computed in one go. */
  readonly nextTurn?: () => Promise<void>;
  /** How long coordinates are collected before they are written together, in ms. Default 5000, as Consul. */
  readonly coordinatePeriodMs?: number;
}

/** A reply, and what it depends on: a kept copy is right until a commit names one of the topics. */
export interface Answered<Reply> {
  readonly reply: Reply;
  /** Empty for writes, and for what does not come from the store. */
  readonly topics: readonly Topic[];
  /** The number of the last commit that a read's reply contains; undefined for what does not come from the store. */
  readonly asOf?: number;
  /** Whether one who waits is woken by the change of any of the topics; otherwise some only move the index. */
  readonly wakesWhenOutdated?: boolean;
  /** Whether the read has waited for it. */
  readonly hasWaited?: boolean;
}

/** One way to answer a method. */
export type Handler<Request, Reply> = (request: Request, options: CallOptions) => Promise<Answered<Reply>>;

/** One way to answer a method in the same turn; undefined when that takes longer. */
export type NowHandler<Request, Reply> = (
  request: Request,
  options: Pick<CallOptions, 'authority'>,
) => Answered<Reply> | undefined;

/** A question as an endpoint puts it. */
export interface Reading<Body> {
  /** Tells the question from all others: method and arguments. */
  readonly key: readonly unknown[];
  readonly request: QueryOptions & { readonly Datacenter: string };
  /** The body may be computed later, in turns. */
  readonly ask: (tables: Tables) => Answer<Body | Later<Body>>;
}

const nsPerMs = 1_000_000n;

/** Answers from the store, and waits when the request says so. Sources: consensus-and-rpc.md 3.8, 4.1, 4.4. */
export async function read<Body extends object>(
  context: EndpointContext,
  { key, request, ask }: Reading<Body>,
  { authority, signal }: CallOptions,
): Promise<Answered<Body & QueryMeta>> {
  const { state, log, rng } = context;
  checkServed(context, request);
  if (request.RequireConsistent === true && !(await log.verifyLeader())) throw notLeader();
  const answer = await state.watches.wait(
    { key: JSON.stringify([...key, authority.key]), ask: () => ask(state.tables) },
    {
      minIndex: request.MinQueryIndex ?? 0,
      waitMs: waitTimeMs(Number((request.MaxQueryTime ?? 0n) / nsPerMs), rng),
      signal,
    },
  );
  return answered(context, answer, await computed(answer.value, context));
}

/** A question whose body is computed at once. */
export interface PromptReading<Body> extends Reading<Body> {
  readonly ask: (tables: Tables) => Answer<Body>;
}

/** As `read` in the same turn of the event loop; undefined for a read that waits or that other servers must confirm. */
export function readNow<Body extends object>(
  context: EndpointContext,
  { request, ask }: PromptReading<Body>,
): Answered<Body & QueryMeta> | undefined {
  checkServed(context, request);
  if ((request.MinQueryIndex ?? 0) > 0) return undefined;
  if (request.RequireConsistent === true) {
    const isLeader = context.log.verifyLeader();
    if (isLeader instanceof Promise) return undefined;
    if (!isLeader) throw notLeader();
  }
  const answer = context.state.watches.answerOf(() => ask(context.state.tables));
  return answered(context, answer, answer.value);
}

/** @throws CatalogError when this server does not answer such reads. */
function checkServed(context: EndpointContext, request: Reading<unknown>['request']): void {
  checkDatacenter(context, request.Datacenter);
  if (!context.log.leadership.isLeader && request.AllowStale !== true) throw noLeader();
}

function answered<Body extends object>(
  { log }: EndpointContext,
  { index, topics, indexTopics, asOf, hasWaited }: Found<unknown>,
  body: Body,
): Answered<Body & QueryMeta> {
  const { leaderAddress, lastContactMs } = log.leadership;
  return {
    reply: {
      Index: index,
      LastContact: lastContactMs === 0 ? 0n : BigInt(Math.round(lastContactMs)) * nsPerMs,
      KnownLeader: leaderAddress !== '',
      ConsistencyLevel: '',
      // Before the others it would cost microseconds: engines copy an object slowly that grows afterwards.
      ...body,
    },
    topics: indexTopics.length === 0 ? topics : [...topics, ...indexTopics],
    asOf,
    wakesWhenOutdated: indexTopics.length === 0,
    hasWaited,
  };
}

/** A value that may have to be computed, then in turns. */
export function computed<Value>(
  value: Value | Later<Value>,
  { nextTurn }: EndpointContext,
): Value | Promise<Value> {
  if (!(value instanceof Later)) return value;
  return nextTurn === undefined ? value.now() : value.inTurns(nextTurn);
}

/** Puts a command into the log and waits until it is applied. */
export async function write(
  context: EndpointContext,
  command: Command,
): Promise<Answered<Record<string, never>>> {
  await propose(context, command);
  return { reply: {}, topics: [] };
}

/** As `write`, with what the command answers. @throws CatalogError. */
export async function propose({ log }: EndpointContext, command: Command): Promise<CommandValue> {
  const outcome = await log.propose(command);
  if (outcome.kind === 'applied') {
    if (outcome.error !== undefined) throw new CatalogError('CATALOG_REFUSED', outcome.error);
    return outcome.value;
  }
  if (outcome.kind === 'unknown') {
    const text = 'leadership lost while committing log';
    throw new CatalogError('CATALOG_NOT_LEADER', `${text}: it may be stored or not`);
  }
  switch (outcome.reason) {
    case 'not-leader':
      throw noLeader();
    case 'busy':
      throw new CatalogError('CATALOG_BUSY', 'timed out enqueuing operation');
    case 'failed':
      throw new CatalogError('CATALOG_DISK', 'the log of this server cannot be written: see its own log');
    case 'closed':
      throw new CatalogError('CATALOG_CLOSED', 'raft is already shutdown');
  }
}

/** @throws CatalogError CATALOG_REFUSED for any but this server's own datacenter. */
export function checkDatacenter({ datacenter }: EndpointContext, asked: string): void {
  if (asked !== datacenter) throw new CatalogError('CATALOG_REFUSED', 'No path to datacenter');
}

function noLeader(): CatalogError {
  return new CatalogError('CATALOG_NOT_LEADER', 'No cluster leader');
}

function notLeader(): CatalogError {
  return new CatalogError('CATALOG_NOT_LEADER', 'node is not the leader');
}

/** Consul's refusal of an argument that is missing. @throws CatalogError CATALOG_REFUSED. */
export function mustHave(value: string, what: string): void {
  if (value === '') throw new CatalogError('CATALOG_REFUSED', `Must provide ${what}`);
}

/** The filter of a request, compiled; undefined when there is none. @throws CatalogError CATALOG_REFUSED. */
export async function filterOf<S extends RecordShape>(
  { filters }: EndpointContext,
  { Filter: text = '' }: QueryOptions,
  shape: S,
): Promise<Filter<Infer<S>> | undefined> {
  if (text === '') return undefined;
  try {
    return await filters.compile(shape, text);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new CatalogError('CATALOG_REFUSED', error.message, { cause: error });
  }
}

/** An answer whose value is computed from the rows that were found; in turns when the filter that it uses is slow. */
export function mapRows<From, To>(
  answer: Answer<Later<From>>,
  map: (value: From) => Pieces<To>,
  filter?: Pick<Filter<never>, 'isSlow'>,
): Answer<Later<To>> {
  return { ...answer, value: answer.value.map(map, filter?.isSlow) };
}

/** An answer with another value. */
export function mapAnswer<From, To>(answer: Answer<From>, map: (value: From) => To): Answer<To> {
  return { ...answer, value: map(answer.value) };
}
