import { type BroadcastId, IdSequence, type StreamId } from '../ids.ts';
import type { Rng } from '../ports.ts';
import type { Address } from '../wire/address.ts';
import { encodePacketMessage, encodeUserMessage } from '../wire/swim-codec.ts';
import type { PacketMessage, Versions } from '../wire/swim-messages.ts';
import { AddressChecks } from './address-check.ts';
import { Awareness } from './awareness.ts';
import { BroadcastQueue } from './broadcast-queue.ts';
import { Deadlines } from './deadlines.ts';
import { MassJoin } from './mass-join.ts';
import { MemberTable, type SwimMember } from './member-table.ts';
import { NamedPings } from './named-pings.ts';
import { OwnReachability } from './own-reach.ts';
import type { Note, SwimConfig, SwimDelegate, SwimEffect } from './types.ts';
import { UdpPaths } from './udp-paths.ts';

/** A message in a compound costs two bytes for its length. Source: memberlist state.go compoundOverhead. */
const compoundPartBytes = 2;
/** A user message in a compound costs one byte more, for its type. */
const userPartBytes = 3;
/** The checksum in front of a packet. memberlist leaves it out of its budget; we do not (gossip.md 8.22). */
const crcBytes = 5;
/** The protocol level from which a peer understands checksums. Source: memberlist net.go hasCrcMsg. */
const crcProtocol = 5;
/** Combinations of versions that are shared; there are a handful, and more only when somebody makes them up. */
const sharedVersionsMax = 64;
/** A compound counts its parts in one byte. */
const compoundPartsMax = 255;

/**
 * What the files of this folder share: the table, the queue, the clocks and the effects of the step
 * under way. It has no rules of its own beyond how messages are packed together.
 */
export class SwimState {
  readonly config: SwimConfig;
  readonly delegate: SwimDelegate;
  readonly rng: Rng;
  readonly table: MemberTable;
  readonly queue: BroadcastQueue;
  readonly awareness: Awareness;
  readonly deadlines = new Deadlines<string>();
  readonly addressChecks = new AddressChecks();
  readonly namedPings = new NamedPings();
  /** Members that exchanges of state accuse and that have yet to answer us. */
  readonly accusedInPushPulls = new Set<string>();
  readonly ownReach = new OwnReachability();
  readonly udpPaths = new UdpPaths();
  readonly massJoin = new MassJoin();
  /** The time of the step under way. */
  nowMs = 0;
  leaving = false;
  /** While a pool is taken in that is known already, nothing is gossiped on. */
  isPreloading = false;
  /** By all six numbers as one. */
  readonly #versions = new Map<number, Versions>();
  #lateAtMs = Number.NEGATIVE_INFINITY;
  #incarnation: number;
  #seq = 0;
  readonly #streamIds = new IdSequence<StreamId>({ first: 2, step: 2 });
  #effects: SwimEffect[] = [];

  constructor(config: SwimConfig, delegate: SwimDelegate, rng: Rng) {
    this.config = config;
    this.delegate = delegate;
    this.rng = rng;
    this.table = new MemberTable(rng);
    this.queue = new BroadcastQueue(config.timing.retransmitMult);
    this.#incarnation = config.lastIncarnation ?? 0;
    this.awareness = new Awareness(config.timing.awarenessMaxMultiplier);
  }

  get self(): SwimMember | undefined {
    return this.table.get(this.config.name);
  }

  nextSeq(): number {
    this.#seq = (this.#seq + 1) >>> 0;
    return this.#seq;
  }

  /** A number for a stream that we open ourselves. Even numbers; those of joins are the caller's, and odd. */
  nextStreamId(): StreamId {
    return this.#streamIds.next();
  }

  nextIncarnation(): number {
    this.#incarnation += 1;
    return this.#incarnation;
  }

  /** An incarnation of ours that is above `accused`. */
  incarnationAbove(accused: number): number {
    this.#incarnation = Math.max(this.#incarnation + 1, accused + 1);
    return this.#incarnation;
  }

  /** One object for all members with the same versions, as most have: the first such, or this one. */
  shared(versions: Versions): Versions {
    const { protocolMin, protocolMax, protocolCur, delegateMin, delegateMax, delegateCur } = versions;
    const protocol = (((protocolMin << 8) | protocolMax) << 8) | protocolCur;
    const delegate = (((delegateMin << 8) | delegateMax) << 8) | delegateCur;
    const key = protocol * 0x1_000_000 + delegate;
    const known = this.#versions.get(key);
    if (known === undefined && this.#versions.size < sharedVersionsMax) this.#versions.set(key, versions);
    return known ?? versions;
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

  /** We were late with what was due: that counts against our health, once a probe interval unless we stall. */
  wasLate({ isStall }: { readonly isStall: boolean }): void {
    if (isStall || this.nowMs - this.#lateAtMs >= this.config.timing.probeIntervalMs) {
      this.#lateAtMs = this.nowMs;
      this.awareness.apply(1);
    }
  }

  /** A probe was answered. That we reach others is no sign of health as long as we are late ourselves. */
  provedWell(): void {
    if (this.nowMs - this.#lateAtMs >= 2 * this.config.timing.probeIntervalMs) this.awareness.apply(-1);
  }

  /** Sends one message, and what gossip fits into its datagram. */
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

  /** Sends one message with nothing else: what is queued is not for a lost member or a stranger. */
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

  /** One gossip packet's worth of messages, ours first and then those of the layer above. */
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
