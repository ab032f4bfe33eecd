import { createEndpoints, everything, LeaderTimers, SingleLog, WatchedStore } from '@hobnob/catalog';
import { Filters } from '@hobnob/catalog/filter';
import {
  create,
  DirEntry,
  KvsRequest,
  RegisterRequest,
  Session,
  SessionRequest,
} from '@hobnob/catalog/records';
import { seededRng, VirtualClock } from '@hobnob/gossip/testing';
import { AgentClientError } from '../src/client/client-error.ts';
import type { LockCalls, LockEntry, LockPorts } from '../src/client/lock-ports.ts';
import type { ReadOptions, RequestOptions } from '../src/client/read-options.ts';

/** What becomes of requests: `silent` ones arrive nowhere, and nobody tells; `deaf` ones arrive, and the answer does not. */
export type Connection = 'up' | 'silent' | 'deaf' | 'refused' | { readonly status: number };

const dc = { Datacenter: 'dc1' };
const call = { authority: everything };
const nsPerMs = 1_000_000n;
/** As the HTTP layer fills it in. */
const lockDelayNs = 15_000n * nsPerMs;

/** The catalog of a server behind the calls of locks, all on a clock that stands still until `pass` moves it. */
export async function startLockAgent() {
  const clock = new VirtualClock();
  const deadlines = new Set<number>();
  const watchedClock = {
    nowMs: () => clock.nowMs(),
    wakeAt(deadlineMs: number, wake: () => void) {
      deadlines.add(Math.max(deadlineMs, clock.nowMs()));
      return clock.wakeAt(deadlineMs, wake);
    },
  };
  const { rpc, state } = openCatalog(watchedClock);
  await rpc.call(
    'Catalog.Register',
    create(RegisterRequest, { ...dc, Node: 'n1', Address: '127.0.0.1' }),
    call,
  );
  const line = new Line();
  const sent: string[] = [];
  const send = <T>(name: string, { signal }: RequestOptions, run: () => Promise<T>): Promise<T> => {
    sent.push(name);
    return line.send(signal, run);
  };
  return {
    clock,
    calls: lockCalls(rpc, send),
    /** The same calls from a machine whose connection is always good. */
    others: lockCalls(rpc, (_name, _options, run) => run()),
    ports: portsOf(watchedClock),
    /** The names of the requests so far. */
    sent,
    /** What becomes of requests from now on; those under way end with one that is refused. */
    connection: (next: Connection) => line.set(next),
    sessionIds: () => state.tables.sessions.list('').map(({ ID }) => ID),
    entryOf: (key: string) => state.tables.kvs.get(key),
    keys: () => state.tables.kvs.list('').map(({ Key }) => Key),
    /** Moves time to everything that is due, and lets happen what follows from each. */
    async pass(ms: number): Promise<void> {
      const untilMs = clock.nowMs() + ms;
      for (;;) {
        await settle();
        const nextMs = Math.min(...deadlines);
        if (nextMs > untilMs) break;
        deadlines.delete(nextMs);
        clock.runUntil(nextMs);
      }
      clock.runUntil(untilMs);
    },
  };
}

type WatchedClock = ConstructorParameters<typeof WatchedStore>[0]['clock'];
type Rpc = ReturnType<typeof createEndpoints>;
type Send = <T>(name: string, options: RequestOptions, run: () => Promise<T>) => Promise<T>;

function openCatalog(clock: WatchedClock) {
  const state = new WatchedStore({ clock });
  const log = new SingleLog({ machine: state, address: '127.0.0.1:8300' });
  const wallClock = { nowMs: () => clock.nowMs() };
  const quiet = { onSessionEnd: () => undefined, onProblem: () => undefined };
  const timers = new LeaderTimers({ state, log, clock, wallClock, datacenter: 'dc1', ...quiet });
  timers.start();
  let ids = 0;
  const rpc = createEndpoints({
    state,
    log,
    clock,
    wallClock,
    newId: () => `00000000-0000-0000-0000-${String(++ids).padStart(12, '0')}`,
    sessions: timers,
    rng: seededRng(1),
    datacenter: 'dc1',
    filters: new Filters(),
    datacenters: () => [],
  });
  return { rpc, state };
}

/** The way to the agent, which may fail. */
class Line {
  #connection: Connection = 'up';
  /** Ends the requests under way. */
  readonly #underWay = new Set<() => void>();

  set(next: Connection): void {
    this.#connection = next;
    if (next !== 'refused') return;
    for (const cut of this.#underWay) cut();
  }

  send<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    const connection = this.#connection;
    if (connection === 'refused') return Promise.reject(refused());
    if (typeof connection === 'object') return Promise.reject(answered(connection.status));
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => end(() => reject(signal?.reason));
      const end = (settle: () => void): void => {
        this.#underWay.delete(cut);
        signal?.removeEventListener('abort', onAbort);
        settle();
      };
      const cut = (): void => end(() => reject(refused()));
      this.#underWay.add(cut);
      signal?.addEventListener('abort', onAbort, { once: true });
      if (connection === 'silent') return;
      run().then(
        (value) => {
          if (connection === 'up' && this.#connection === 'up') end(() => resolve(value));
        },
        (error: unknown) => end(() => reject(answered(500, error))),
      );
    });
  }
}

function refused(): AgentClientError {
  return new AgentClientError('CLIENT_CONNECTION', 'refused', { method: '', url: '' });
}

function answered(status: number, cause?: unknown): AgentClientError {
  const body = cause instanceof Error ? cause.message : '';
  return new AgentClientError('CLIENT_STATUS', `${status} ${body}`, { method: '', url: '', status, body });
}

function portsOf(clock: WatchedClock): LockPorts {
  const wakeAfter: LockPorts['wakeAfter'] = (ms, wake) => clock.wakeAt(clock.nowMs() + ms, wake);
  return {
    nowMs: () => clock.nowMs(),
    random: () => 0,
    wakeAfter,
    pause: (ms, signal) =>
      new Promise((resolve) => {
        const end = (): void => {
          cancel();
          signal.removeEventListener('abort', end);
          resolve();
        };
        const cancel = wakeAfter(ms, end);
        if (signal.aborted) end();
        else signal.addEventListener('abort', end, { once: true });
      }),
  };
}

function lockCalls(rpc: Rpc, send: Send): LockCalls {
  const applySession = (Op: string, session: Partial<Session>) =>
    rpc.call('Session.Apply', create(SessionRequest, { ...dc, Op, Session: create(Session, session) }), call);
  const applyKvs = (Op: string, entry: Partial<DirEntry>) =>
    rpc.call('KVS.Apply', create(KvsRequest, { ...dc, Op, DirEnt: create(DirEntry, entry) }), call);
  const optionsOf = ({ index = 0n, waitMs = 0 }: ReadOptions) => ({
    ...dc,
    MinQueryIndex: Number(index),
    MaxQueryTime: BigInt(Math.round(waitMs)) * nsPerMs,
  });
  const meta = { lastContactMs: 0, knownLeader: true, cache: undefined };
  return {
    createSession: ({ name, ttl, behavior }, options) =>
      send('create', options, () =>
        applySession('create', {
          Node: 'n1',
          Name: name,
          TTL: ttl,
          Behavior: behavior,
          LockDelay: lockDelayNs,
        }),
      ),
    renewSession: (SessionID, options) =>
      send('renew', options, async () => {
        const { Sessions } = await rpc.call('Session.Renew', { ...dc, SessionID }, call);
        return Sessions.length > 0;
      }),
    destroySession: (ID, options) =>
      send('destroy', options, async () => void (await applySession('destroy', { ID }))),
    get: (Key, options) =>
      send('get', options, async () => {
        const asked = { ...optionsOf(options), Key };
        const { Entries, Index } = await rpc.call('KVS.Get', asked, { ...call, signal: options.signal });
        return { value: Entries?.map(entryOf)[0], index: BigInt(Index), ...meta };
      }),
    list: (Key, options) =>
      send('list', options, async () => {
        const asked = { ...optionsOf(options), Key };
        const { Entries, Index } = await rpc.call('KVS.List', asked, { ...call, signal: options.signal });
        return { value: (Entries ?? []).map(entryOf), index: BigInt(Index), ...meta };
      }),
    put: (Key, value, options) =>
      send('put', options, async () => {
        const { flags: Flags, acquire, release, cas } = options;
        const Op = acquire !== undefined ? 'lock' : release !== undefined ? 'unlock' : 'cas';
        const ModifyIndex = Number(cas ?? 0n);
        return applyKvs(Op, {
          Key,
          Value: Buffer.from(value),
          Flags,
          Session: acquire ?? release ?? '',
          ModifyIndex,
        });
      }),
    remove: (Key, options) =>
      send('remove', options, async () => {
        if (options.cas !== undefined)
          return applyKvs('delete-cas', { Key, ModifyIndex: Number(options.cas) });
        await applyKvs('delete', { Key });
        return true;
      }),
  };
}

function entryOf({ Key, Value, Flags, Session, ModifyIndex }: DirEntry): LockEntry {
  return { Key, Value: Value ?? new Uint8Array(), Flags, Session, ModifyIndex: BigInt(ModifyIndex) };
}

/** Lets everything happen that waits for no time. */
async function settle(): Promise<void> {
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
}
