import { Reader } from '../../src/codec/reader.ts';
import type { GossipTiming } from '../../src/options/options.ts';
import { profileTimings } from '../../src/options/profiles.ts';
import { Swim } from '../../src/swim/swim.ts';
import type { Note, SwimConfig, SwimDelegate, SwimEffect, SwimInput } from '../../src/swim/types.ts';
import { seededRng } from '../../src/testing/seeded-rng.ts';
import { type Address, hostToBytes } from '../../src/wire/address.ts';
import { decodePacketMessage } from '../../src/wire/swim-codec.ts';
import type {
  Alive,
  Dead,
  NodeStateName,
  PacketMessage,
  Ping,
  PushPull,
  PushPullNode,
  Suspect,
  Versions,
} from '../../src/wire/swim-messages.ts';
import { idOf } from './ids.ts';

export const selfName = 'self';
export const selfAddress: Address = { host: '127.0.0.1', port: 7946 };
/** What a serf agent announces. */
export const serfVersions: Versions = {
  protocolMin: 1,
  protocolMax: 5,
  protocolCur: 2,
  delegateMin: 2,
  delegateMax: 5,
  delegateCur: 5,
};

export interface SwimFixtureOptions {
  readonly timing?: Partial<GossipTiming>;
  readonly config?: Partial<SwimConfig>;
  /** The random numbers, in order; the last one repeats. Default 0: every round begins at once. */
  readonly random?: readonly number[];
  /** Instead of `random`: real randomness that repeats. */
  readonly seed?: number;
  readonly delegate?: Partial<SwimDelegate>;
}

/** One datagram, opened. */
export interface Sent {
  readonly to: Address;
  readonly messages: readonly PacketMessage[];
  readonly crc: boolean;
}

/** A Swim of its own at literal times; it has started and knows only itself. */
export class SwimFixture {
  readonly swim: Swim;
  nowMs = 0;

  constructor({ timing, config, random = [0], seed, delegate }: SwimFixtureOptions = {}) {
    let draws = 0;
    const next = (): number => random[Math.min(draws++, random.length - 1)] ?? 0;
    const rng = seed === undefined ? { next } : seededRng(seed);
    this.swim = new Swim(swimConfig(timing, config), { ...silentDelegate, ...delegate }, rng);
    this.step({ type: 'start' });
  }

  step(input: SwimInput): readonly SwimEffect[] {
    return this.swim.step(input, this.nowMs);
  }

  receive(...messages: readonly PacketMessage[]): readonly SwimEffect[] {
    return this.step({ type: 'packet', from: { host: '127.0.0.9', port: 7946 }, messages });
  }

  /** Makes members known and alive, each at its `addressOf`. */
  know(...names: readonly string[]): readonly SwimEffect[] {
    return this.receive(...names.map((name) => alive(name)));
  }

  /** A peer sends its state in a push/pull; returns the effects. */
  merge(nodes: readonly PushPullNode[], { join = false } = {}): readonly SwimEffect[] {
    return this.step({
      type: 'push-pull-request',
      streamId: idOf(1),
      from: selfAddress,
      state: pushPull(nodes, join),
    });
  }

  /** Moves time on, with a step at every deadline on the way, and returns all effects. */
  runTo(endMs: number): readonly SwimEffect[] {
    const effects: SwimEffect[] = [];
    for (let due = this.swim.nextDeadlineMs(); due !== undefined && due <= endMs; ) {
      this.nowMs = Math.max(this.nowMs, due);
      effects.push(...this.step({ type: 'deadline' }));
      due = this.swim.nextDeadlineMs();
    }
    this.nowMs = endMs;
    return effects;
  }

  /** The same in a pool whose members ack every ping, except the silent ones. */
  runToAnswered(endMs: number, silent: readonly string[] = []): readonly SwimEffect[] {
    const effects: SwimEffect[] = [];
    for (let due = this.nowMs; due <= endMs; due = this.swim.nextDeadlineMs() ?? endMs + 1) {
      const step = this.runTo(due);
      effects.push(...step);
      for (const { seq, node } of sentOf(step, 'ping')) {
        if (silent.includes(node)) continue;
        effects.push(...this.receive({ type: 'ack', seq, payload: new Uint8Array(0) }));
      }
    }
    effects.push(...this.runTo(endMs));
    return effects;
  }

  /** Moves time on as for a process that stalled: the deadlines are kept late, all at once. */
  stallTo(endMs: number): readonly SwimEffect[] {
    this.nowMs = endMs;
    return this.step({ type: 'deadline' });
  }

  state(name: string): NodeStateName | undefined {
    return this.swim.member(name)?.state;
  }

  incarnation(name: string): number | undefined {
    return this.swim.member(name)?.incarnation;
  }

  /** The members that we send in a push/pull. */
  table(): ReadonlyMap<string, PushPullNode> {
    const [begun] = this.step({
      type: 'begin-push-pull',
      streamId: idOf(999),
      to: selfAddress,
      intent: 'sync',
    });
    if (begun?.type !== 'push-pull') throw new Error('no push/pull was begun');
    return new Map(begun.state.nodes.map((node) => [node.name, node]));
  }

  /** Gossips until nothing is queued any more, while every member answers. */
  emptyQueue(): void {
    for (let rounds = 0; this.swim.queueDepth > 0; rounds += 1) {
      if (rounds > 1000) throw new Error('the queue does not empty');
      this.receive({ type: 'ping', seq: rounds, node: '' });
    }
  }
}

const silentDelegate: SwimDelegate = {
  hasBroadcasts: () => true,
  waitingBytes: () => 0,
  takeBroadcasts: () => [],
  localState: () => new Uint8Array(0),
  ackPayload: () => new Uint8Array(0),
};

export function swimConfig(timing: Partial<GossipTiming> = {}, config: Partial<SwimConfig> = {}): SwimConfig {
  return {
    name: selfName,
    address: selfAddress,
    addr: hostToBytes(selfAddress.host),
    meta: new Uint8Array(0),
    versions: serfVersions,
    timing: { ...profileTimings.lan, ...timing },
    packetBudgetBytes: 1398,
    refusalOf: () => undefined,
    allowsHost: () => true,
    ...config,
  };
}

/** The address that a name has in these tests: 127.0.1.x by its first letter. */
export function addressOf(name: string): Address {
  return { host: `127.0.1.${name.charCodeAt(0)}`, port: 7946 };
}

export function alive(name: string, given: Partial<Alive> & { readonly host?: string } = {}): Alive {
  const { host = addressOf(name).host, ...fields } = given;
  return {
    type: 'alive',
    incarnation: 1,
    node: name,
    addr: hostToBytes(host),
    port: 7946,
    meta: new Uint8Array(0),
    versions: serfVersions,
    ...fields,
  };
}

export function aliveWithoutVersions(name: string): Alive {
  const { versions: _, ...rest } = alive(name);
  return rest;
}

export function suspect(node: string, incarnation = 1, from = 'peer'): Suspect {
  return { type: 'suspect', incarnation, node, from };
}

export function dead(node: string, incarnation = 1, from = 'peer'): Dead {
  return { type: 'dead', incarnation, node, from };
}

/** A failure that counts at once: two members claim it. */
export function deaths(node: string, incarnation = 1): readonly (Suspect | Dead)[] {
  return [suspect(node, incarnation, 'peer'), dead(node, incarnation, 'other peer')];
}

export function entry(name: string, state: NodeStateName, given: Partial<PushPullNode> = {}): PushPullNode {
  const { addr, port, meta, incarnation } = alive(name);
  return { name, addr, port, meta, incarnation, state, versions: serfVersions, ...given };
}

export function pushPull(nodes: readonly PushPullNode[], join = false): PushPull {
  return { type: 'push-pull', join, nodes, userState: new Uint8Array(0) };
}

/** The datagrams among the effects. */
export function sentIn(effects: readonly SwimEffect[]): readonly Sent[] {
  return effects.flatMap((effect) =>
    effect.type === 'send'
      ? [
          {
            to: effect.to,
            crc: effect.crc,
            messages: effect.parts.map((part) => decodePacketMessage(new Reader(part))),
          },
        ]
      : [],
  );
}

/** All messages of one type that were sent, to any address. */
export function sentOf<T extends PacketMessage['type']>(
  effects: readonly SwimEffect[],
  type: T,
): readonly Extract<PacketMessage, { readonly type: T }>[] {
  return sentIn(effects)
    .flatMap(({ messages }) => messages)
    .filter((message): message is Extract<PacketMessage, { readonly type: T }> => message.type === type);
}

/** The pings of probe rounds; those of direct suspicion notices follow a suspect message. */
export function probesIn(effects: readonly SwimEffect[]): readonly Ping[] {
  return sentIn(effects).flatMap(({ messages: [first] }) => (first?.type === 'ping' ? [first] : []));
}

export function effectsOf<T extends SwimEffect['type']>(
  effects: readonly SwimEffect[],
  type: T,
): readonly Extract<SwimEffect, { readonly type: T }>[] {
  return effects.filter(
    (effect): effect is Extract<SwimEffect, { readonly type: T }> => effect.type === type,
  );
}

export function notesIn(effects: readonly SwimEffect[]): readonly Note[] {
  return effectsOf(effects, 'note');
}
