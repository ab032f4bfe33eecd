import {
  type Address,
  type AdmissionCandidate,
  type Coordinate,
  type Gossip,
  GossipError,
  type GossipEvent,
  type GossipEventOf,
  type GossipEventType,
  type GossipOptions,
  type GossipStats,
  type JoinResult,
  type Member,
  type PoolProbeResult,
} from '@hobnob/gossip';

const versions = {
  protocolMin: 1,
  protocolMax: 5,
  protocolCur: 2,
  delegateMin: 2,
  delegateMax: 5,
  delegateCur: 4,
};

/** A member as a test needs it; alive at 10.0.0.1 by default. */
export function member(name: string, over: Partial<Member> = {}): Member {
  return { name, address: { host: '10.0.0.1', port: 8301 }, tags: {}, status: 'alive', versions, ...over };
}

/** The tags of a real Consul 1.8.7 server. */
export function serverTags(over: Readonly<Record<string, string>> = {}): Record<string, string> {
  return {
    acls: '0',
    build: '1.8.7:',
    dc: 'dc1',
    ft_fs: '1',
    id: 'b066b514-af1b-72db-500c-3c7808742e7e',
    port: '8300',
    raft_vsn: '3',
    role: 'consul',
    segment: '',
    vsn: '2',
    vsn_max: '3',
    vsn_min: '2',
    wan_join_port: '8302',
    ...over,
  };
}

/** A member as a peer announces it: `alive`, `left`, or dead. */
function candidateOf(one: Member): AdmissionCandidate {
  const { status } = one;
  return { ...one, status: status === 'alive' || status === 'left' ? status : 'dead' };
}

function refuse(): never {
  throw new Error('the fake has no queries');
}

/** A pool without a network: joins do what the test says, and everything asked for is recorded. */
export class FakeGossip implements Gossip {
  /** Replaced by tests that ask about keys. */
  keys: Gossip['keys'] = { list: refuse, install: refuse, use: refuse, remove: refuse };
  /** The coordinates that members have sent. */
  readonly coordinates = new Map<string, Coordinate>();
  /** What `userEvent` throws instead of sending. */
  eventFault: Error | undefined;
  readonly calls: string[] = [];
  readonly tagHistory: Readonly<Record<string, string>>[] = [];
  readonly options: GossipOptions;
  /** What the next joins find: members to admit, or an error. */
  found: readonly Member[] | Error = [];
  /** Resolves or hangs `leave`. */
  leaveTakes: Promise<void> = Promise.resolve();
  isClosed = false;
  readonly closed = new Promise<void>(() => undefined);
  readonly #members = new Map<string, Member>();
  readonly #listeners = new Map<string, Set<(event: never) => void>>();

  constructor(options: GossipOptions) {
    this.options = options;
    this.#members.set(
      options.name,
      member(options.name, { address: this.advertiseAddress, tags: options.tags ?? {} }),
    );
  }

  get name(): string {
    return this.options.name;
  }

  get bindAddress(): Address {
    return { host: this.options.bind?.host ?? '0.0.0.0', port: this.options.bind?.port ?? 0 };
  }

  get advertiseAddress(): Address {
    return { host: this.options.advertise?.host ?? '127.0.0.1', port: this.options.bind?.port ?? 0 };
  }

  members(): readonly Member[] {
    return [...this.#members.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  member(name: string): Member | undefined {
    return this.#members.get(name);
  }

  stats(): GossipStats {
    const zero = { swimQueueDepth: 0, intentQueueDepth: 1, eventQueueDepth: 2, queryQueueDepth: 3 };
    const traffic = { packetsSent: 0, packetsReceived: 0, bytesSent: 0, bytesReceived: 0, dropped: {} };
    const times = { memberTime: 7, eventTime: 8, queryTime: 9 };
    const counts = { membersCount: this.#members.size, failedCount: 4, leftCount: 5 };
    const errors = { listenerErrorsCount: 0, admissionErrorsCount: 0, loggerErrorsCount: 0 };
    const rest = { healthScore: 6, encrypted: false, udpBlocked: [], coordinateResets: 0 };
    return { ...zero, ...traffic, ...times, ...counts, ...errors, ...rest };
  }

  coordinate(name: string = this.name): Coordinate | undefined {
    return this.coordinates.get(name);
  }

  rttMs(): undefined {
    return undefined;
  }

  async join(
    seeds: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<JoinResult> {
    this.calls.push(`join ${seeds.join(' ')}`);
    signal?.throwIfAborted();
    if (this.found instanceof Error) throw this.found;
    const refusal = this.options.admission?.(this.found.map(candidateOf));
    if (refusal !== undefined) {
      const cause = new AggregateError([new Error(`${seeds[0]}: ${refusal}`)]);
      throw new GossipError('GOSSIP_JOIN_FAILED', `no seed could be joined: ${refusal}`, { cause });
    }
    for (const one of this.found) this.appear(one);
    return { joinedCount: seeds.length, failures: [] };
  }

  async probePool(
    seeds: readonly string[],
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<PoolProbeResult> {
    this.calls.push(`probePool ${seeds.join(' ')}`);
    signal?.throwIfAborted();
    if (this.found instanceof Error) throw this.found;
    const members = this.found.map(candidateOf);
    const answered = seeds.map((host) => ({ host, port: this.bindAddress.port }));
    return { answered, members, failures: [] };
  }

  async leave(): Promise<void> {
    this.calls.push('leave');
    await this.leaveTakes;
  }

  async forceLeave(name: string, { prune = false }: { readonly prune?: boolean } = {}): Promise<void> {
    this.calls.push(`force-leave ${name}${prune ? ' prune' : ''}`);
  }

  async setTags(tags: Readonly<Record<string, string>>): Promise<void> {
    this.tagHistory.push(tags);
    const own = this.#members.get(this.name);
    if (own !== undefined) this.#members.set(this.name, { ...own, tags });
  }

  userEvent(name: string, payload: Uint8Array = new Uint8Array(0)): void {
    if (this.eventFault !== undefined) throw this.eventFault;
    this.calls.push(`user-event ${name}`);
    this.emit({ type: 'user-event', name, payload, lamportTime: 7, coalesce: false });
  }

  query(): never {
    return refuse();
  }

  request(): never {
    return refuse();
  }

  once(): never {
    return refuse();
  }

  ref(): void {
    this.calls.push('ref');
  }

  unref(): void {
    this.calls.push('unref');
  }

  on<T extends GossipEventType>(type: T, listener: (event: GossipEventOf<T>) => void): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    listeners.add(listener as (event: never) => void);
    return () => listeners.delete(listener as (event: never) => void);
  }

  events(): never {
    throw new Error('the agent uses listeners');
  }

  async close(): Promise<void> {
    this.calls.push('close');
    this.isClosed = true;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** A member as the pool comes to know it. */
  appear(one: Member): void {
    this.#members.set(one.name, one);
    this.emit({ type: 'member-join', members: [one] });
  }

  /** A member leaves the pool. */
  depart(name: string): void {
    const one = this.#members.get(name);
    if (one === undefined) throw new RangeError(`there is no member ${name}`);
    const left: Member = { ...one, status: 'left' };
    this.#members.set(name, left);
    this.emit({ type: 'member-leave', members: [left] });
  }

  /** The pool does not know a member any more, and reports nothing. */
  forget(name: string): void {
    this.#members.delete(name);
  }

  emit(event: GossipEvent): void {
    const [...listeners] = this.#listeners.get(event.type) ?? [];
    // The set of a type holds listeners of that type only.
    for (const listener of listeners) listener(event as never);
  }
}
