import { Deadlines } from '../collections/deadlines.ts';
import { type BroadcastId, IdSequence, type StreamId } from '../ids.ts';
import type { Rng } from '../ports.ts';
import type { Address } from '../wire/address.ts';
import { encodePacketMessage, encodeUserMessage } from '../wire/swim-codec.ts';
import type { PacketMessage } from '../wire/swim-messages.ts';
import { AddressChecks } from './addresses/address-checks.ts';
import { type Deadline, deadlineKey } from './deadline-kinds.ts';
import { type Features, resolveFeatures } from './features.ts';
import { BroadcastQueue } from './gossip/broadcast-queue.ts';
import { MemberTable, type SwimMember } from './members/member-table.ts';
import { SharedVersions } from './members/versions.ts';
import { Awareness } from './probing/awareness.ts';
import { MisdirectedPings } from './probing/misdirected-pings.ts';
import { NamedPings } from './probing/named-pings.ts';
import type { ProbeRound } from './probing/probe-round.ts';
import { Relays } from './probing/relays.ts';
import { MassJoin } from './push-pull/mass-join.ts';
import { OwnReachability } from './reach/own-reach.ts';
import { UdpPaths } from './reach/udp-paths.ts';
import { LostMembers } from './reconnect/lost-members.ts';
import type { Note, SwimConfig, SwimDelegate, SwimEffect } from './types.ts';

/** A message in a compound costs two bytes for its length. Source: memberlist state.go compoundOverhead. */
const compoundPartBytes = 2;
/** A user message in a compound costs one byte more, for its type. */
const userPartBytes = 3;
/** The checksum in front of a packet. memberlist leaves it out of its budget; we do not (gossip.md 8.22). */
const crcBytes = 5;
/** The protocol level from which a peer understands checksums. Source: memberlist net.go hasCrcMsg. */
const crcProtocol = 5;
/** A compound counts its parts in one byte. */
const compoundPartsMax = 255;

/**
 * The state of the failure detector, and the effects of the step under way. What it owns does not know it; the rules,
 * in files of their own, are functions of it. It has no rules itself beyond how messages share a packet.
 */
export class SwimState {
  readonly config: SwimConfig;
  readonly features: Features;
  readonly delegate: SwimDelegate;
  readonly rng: Rng;
  readonly table: MemberTable;
  readonly queue: BroadcastQueue;
  readonly awareness: Awareness;
  readonly deadlines = new Deadlines<Deadline>(deadlineKey);
  readonly versions = new SharedVersions();
  readonly namedPings = new NamedPings();
  readonly relays = new Relays();
  readonly misdirectedPings = new MisdirectedPings();
  readonly addressChecks = new AddressChecks();
  readonly ownReach = new OwnReachability();
  readonly udpPaths = new UdpPaths();
  readonly massJoin = new MassJoin();
  readonly lostMembers = new LostMembers();
  /** Members pinged because a push/pull calls them suspect or dead, until they answer or the time is over. */
  readonly pingedForPushPull = new Set<string>();
  probe: ProbeRound | undefined;
  /** The time of the step under way. */
  nowMs = 0;
  leaving = false;
  /** While a simulation fills the table with a pool that has been running, nothing is broadcast. */
  isPreloading = false;
  #incarnation: number;
  #seq = 0;
  readonly #streamIds = new IdSequence<StreamId>({ first: 2, step: 2 });
  #effects: SwimEffect[] = [];

  constructor(config: SwimConfig, delegate: SwimDelegate, rng: Rng) {
    const { retransmitMult, awarenessMaxMultiplier, probeIntervalMs } = config.timing;
    this.config = config;
    this.features = resolveFeatures(config);
    this.delegate = delegate;
    this.rng = rng;
    this.table = new MemberTable(rng);
    this.queue = new BroadcastQueue(retransmitMult);
    this.awareness = new Awareness(awarenessMaxMultiplier, probeIntervalMs);
    this.#incarnation = config.lastIncarnation ?? 0;
  }

  get self(): SwimMember | undefined {
    return this.table.get(this.config.name);
  }

  nextSeq(): number {
    this.#seq = (this.#seq + 1) >>> 0;
    return this.#seq;
  }

  /** An id for a stream that the failure detector opens. They are even; those of the owner's push/pulls are odd. */
  nextStreamId(): StreamId {
    return this.#streamIds.next();
  }

  nextIncarnation(): number {
    this.#incarnation += 1;
    return this.#incarnation;
  }

  /** A new incarnation of ours that is above `incarnation`. */
  incarnationAbove(incarnation: number): number {
    this.#incarnation = Math.max(this.#incarnation + 1, incarnation + 1);
    return this.#incarnation;
  }

  emit(effect: SwimEffect): void {
    this.#effects.push(effect);
  }

  note(level: Note['level'], message: string, fields: Note['fields']): void {
    this.emit({ type: 'note', level, message, fields });
  }

  /** The effects since the last call. */
  takeEffects(): readonly SwimEffect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Gossips a claim about `name`; it replaces an older claim about the same member. */
  broadcast(name: string, message: PacketMessage, broadcastId?: BroadcastId): void {
    if (this.isPreloading) return;
    const options = broadcastId === undefined ? { name } : { name, broadcastId };
    this.#finish(this.queue.enqueue(encodePacketMessage(message), options).finished);
  }

  /** Sends one message, and as much gossip as fits into its datagram. */
  sendWithPiggyback(to: Address, message: PacketMessage): void {
    const first = encodePacketMessage(message);
    const budget = this.config.packetBudgetBytes - compoundPartBytes - first.length;
    this.emit({
      type: 'send',
      to,
      parts: [first, ...this.#takeBroadcasts(budget, compoundPartsMax - 1)],
      crc: false,
    });
  }

  /** Sends one message without gossip, which is not for a lost member or a stranger. */
  sendAlone(to: Address, message: PacketMessage): void {
    this.emit({ type: 'send', to, parts: [encodePacketMessage(message)], crc: false });
  }

  /** Sends just these encoded messages to a member, with a checksum if it understands them. */
  send(member: SwimMember, parts: readonly Uint8Array[]): void {
    const crc = member.versions.protocolMax >= crcProtocol;
    this.emit({ type: 'send', to: member.address, parts, crc });
  }

  /** Whether anything waits to be gossiped, ours or the layer above's. */
  get hasGossip(): boolean {
    return this.queue.depth > 0 || this.delegate.hasBroadcasts();
  }

  /** The messages of one gossip packet, ours first and then those of the layer above. */
  gossipBatch(): readonly Uint8Array[] {
    return this.#takeBroadcasts(this.config.packetBudgetBytes - crcBytes, compoundPartsMax);
  }

  #takeBroadcasts(limitBytes: number, partsMax: number): readonly Uint8Array[] {
    const own = this.queue.take(compoundPartBytes, limitBytes, this.table.size, partsMax);
    this.#finish(own.finished);
    let left = limitBytes;
    for (const message of own.messages) left -= message.length + compoundPartBytes;
    if (left <= userPartBytes || own.messages.length >= partsMax) return own.messages;
    const partsLeft = partsMax - own.messages.length;
    const theirs = this.delegate.takeBroadcasts(userPartBytes, left, this.nowMs, partsLeft);
    return [...own.messages, ...theirs.map(encodeUserMessage)];
  }

  #finish(broadcastIds: readonly BroadcastId[]): void {
    for (const broadcastId of broadcastIds) this.emit({ type: 'broadcast-done', broadcastId });
  }
}
