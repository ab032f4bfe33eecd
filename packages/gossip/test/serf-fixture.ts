import type { GossipEvent } from '../src/events.ts';
import type { MemberStatus } from '../src/member.ts';
import type { GossipTiming } from '../src/options/options.ts';
import { profileTimings } from '../src/options/profiles.ts';
import { Serf } from '../src/serf/serf.ts';
import type { SerfConfig, SerfEffect, SerfInput } from '../src/serf/types.ts';
import type { Note, SwimMemberView } from '../src/swim/types.ts';
import { decodeSerfMessage, encodeSerfMessage } from '../src/wire/serf-codec.ts';
import type { SerfMessage, SerfPushPull } from '../src/wire/serf-messages.ts';
import type { NodeStateName } from '../src/wire/swim-messages.ts';

export const selfName = 'self';
/** The address that other members reach this one at. */
export const selfAddress = { host: '127.0.0.9', port: 7946 };
/** The source address of every received message. */
export const peerAddress = { host: '127.0.0.9', port: 7946 };

export interface FixtureOptions {
  readonly timing?: Partial<GossipTiming>;
  readonly coalesce?: SerfConfig['coalesce'];
  readonly userEvents?: Partial<SerfConfig['userEvents']>;
  readonly keys?: readonly Uint8Array[];
  readonly conflictResolution?: boolean;
  /** The random numbers, in order; the last one repeats. */
  readonly random?: readonly number[];
  readonly coordinates?: boolean;
  readonly recovered?: NonNullable<SerfConfig['recovered']>;
  readonly lastKnown?: NonNullable<SerfConfig['lastKnown']>;
}

/** The member that the failure detector reports. */
export interface ViewOptions {
  readonly incarnation?: number;
  readonly state?: NodeStateName;
  readonly meta?: Uint8Array;
  readonly host?: string;
}

/** A Serf layer with literal times, whose methods are the inputs of the protocol. It begins as the only member. */
export class SerfFixture {
  readonly serf: Serf;
  /** The members that the failure detector suspects. */
  readonly suspects = new Set<string>();
  nowMs = 0;

  constructor(options: FixtureOptions = {}) {
    const { timing, coalesce, userEvents, keys = [], conflictResolution = false, random = [0] } = options;
    const { coordinates = true, recovered, lastKnown } = options;
    const config: SerfConfig = {
      name: selfName,
      address: selfAddress,
      serfProtocol: 5,
      timing: { ...profileTimings.lan, ...timing },
      coordinates,
      ...(recovered === undefined ? {} : { recovered }),
      ...(lastKnown === undefined ? {} : { lastKnown }),
      ...(coalesce === undefined ? {} : { coalesce }),
      userEvents: { order: 'arrival', holdBackMs: 1000, coalesce: undefined, ...userEvents },
      keys,
      conflictResolution,
      messageBytesMax: 1361,
      isSuspect: (name) => this.suspects.has(name),
    };
    let draws = 0;
    const next = () => random[Math.min(draws++, random.length - 1)] ?? 0;
    this.serf = new Serf(config, { next });
    this.up(selfName);
  }

  step(input: SerfInput): readonly SerfEffect[] {
    return this.serf.step(input, this.nowMs);
  }

  up(name: string, options: ViewOptions = {}): readonly SerfEffect[] {
    return this.step({ type: 'member-up', member: viewOf(name, { state: 'alive', ...options }) });
  }

  changed(name: string, options: ViewOptions = {}): readonly SerfEffect[] {
    return this.step({ type: 'member-changed', member: viewOf(name, { state: 'alive', ...options }) });
  }

  down(name: string, options: ViewOptions = {}): readonly SerfEffect[] {
    return this.step({ type: 'member-down', member: viewOf(name, { state: 'dead', ...options }) });
  }

  receive(message: SerfMessage): readonly SerfEffect[] {
    return this.step({ type: 'user-message', payload: encodeSerfMessage(message), from: peerAddress });
  }

  join(node: string, lamportTime: number): readonly SerfEffect[] {
    return this.receive({ type: 'join-intent', node, lamportTime });
  }

  leave(node: string, lamportTime: number, { prune = false } = {}): readonly SerfEffect[] {
    return this.receive({ type: 'leave-intent', node, lamportTime, prune });
  }

  /** The Serf state of a peer's push/pull. */
  pushPull(
    state: Partial<SerfPushPull>,
    { ignoreOldEvents = false }: { readonly ignoreOldEvents?: boolean } = {},
  ): readonly SerfEffect[] {
    const payload = encodeSerfMessage({ ...emptyState, ...state });
    return this.step({ type: 'user-state', payload, join: ignoreOldEvents, ignoreOldEvents });
  }

  /** Advances the time, runs every deadline on the way, and returns all effects. */
  advanceBy(durationMs: number): readonly SerfEffect[] {
    const endMs = this.nowMs + durationMs;
    const effects: SerfEffect[] = [];
    for (let due = this.serf.nextDeadlineMs(); due !== undefined && due <= endMs; ) {
      this.nowMs = due;
      effects.push(...this.step({ type: 'deadline' }));
      due = this.serf.nextDeadlineMs();
    }
    this.nowMs = endMs;
    return effects;
  }

  status(name: string): MemberStatus | undefined {
    return this.serf.member(name)?.status;
  }

  /** Takes the waiting broadcasts once. */
  queued(): readonly SerfMessage[] {
    return this.serf.takeBroadcasts(3, 65_000, this.nowMs, 255).map(decodeSerfMessage);
  }

  /** Takes the waiting broadcasts until all reached their retransmit limit. */
  emptyQueues(): void {
    while (this.queued().length > 0);
  }

  localState(): SerfPushPull {
    const state = decodeSerfMessage(this.serf.localState());
    if (state.type !== 'serf-push-pull') throw new Error(`local state is a ${state.type}`);
    return state;
  }
}

export function viewOf(name: string, options: ViewOptions = {}): SwimMemberView {
  const { incarnation = 1, state = 'alive', meta = new Uint8Array(0), host = '127.0.0.9' } = options;
  const versions = {
    protocolMin: 1,
    protocolMax: 5,
    protocolCur: 2,
    delegateMin: 2,
    delegateMax: 5,
    delegateCur: 5,
  };
  return { name, address: { host, port: 7946 }, meta, versions, state, incarnation };
}

const emptyState: SerfPushPull = {
  type: 'serf-push-pull',
  lamportTime: 0,
  statusTimes: new Map(),
  leftMembers: [],
  eventTime: 0,
  events: [],
  queryTime: 0,
};

/** The Serf messages sent directly to an address, in order. */
export function sentIn(effects: readonly SerfEffect[]): readonly SerfMessage[] {
  return effects.flatMap((effect) =>
    effect.type === 'send-user' ? [decodeSerfMessage(effect.payload)] : [],
  );
}

/** The events among the effects, as `type name,name`. */
export function eventsIn(effects: readonly SerfEffect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.type === 'event' ? [describeEvent(effect.event)] : []));
}

export function notesIn(effects: readonly SerfEffect[]): readonly Note[] {
  return effects.filter((effect) => effect.type === 'note');
}

function describeEvent(event: GossipEvent): string {
  if (!('members' in event)) return `${event.type} ${event.name}`;
  return `${event.type} ${event.members.map((member) => member.name).join(',')}`;
}
