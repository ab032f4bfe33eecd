import type { Core, CoreEffect, CoreInput } from '../core.ts';
import { WireError } from '../errors.ts';
import type { GossipEvent } from '../events.ts';
import { type BroadcastId, IdSequence, type KeyChangeId, type QueryId, type StreamId } from '../ids.ts';
import type { Clock, Entropy, Logger, PacketTransport, StreamTransport } from '../ports.ts';
import type { ReceivedQuery } from '../serf/types.ts';
import type { AnswerAboutUs, OwnReach } from '../swim/own-listing.ts';
import { poolProbeRequest } from '../swim/push-pull.ts';
import type { Contact, StreamFailure } from '../swim/types.ts';
import { type Address, formatAddress } from '../wire/address.ts';
import { openPacket, sealPacket } from '../wire/packet.ts';
import type { PacketMessage, PushPull } from '../wire/swim-messages.ts';
import { diagnostics } from './diagnostics.ts';
import type { KeyKeeper } from './key-keeper.ts';
import { LimitedLog } from './limited-log.ts';
import { loadExpressions } from './load-expressions.ts';
import { PeerStreams, type StreamOwner, type WireSecurity } from './peer-streams.ts';
import { Pending } from './pending.ts';

/** What the driver tells its owner. Called after the step is done and all its effects are performed. */
export interface DriverOwner {
  event(event: GossipEvent): void;
  settled(broadcastId: BroadcastId, outcome: 'done' | 'timed-out'): void;
  pushPullDone(streamId: StreamId, outcome: PushPullOutcome): void;
  left(): void;
  query(query: ReceivedQuery): void;
  queryAnswered(queryId: QueryId, from: string, kind: 'ack' | 'response', payload: Uint8Array): void;
  queryOver(queryId: QueryId): void;
}

/** How an exchange that we began ended. */
export type PushPullOutcome =
  | { readonly type: 'merged'; readonly answer: AnswerAboutUs & { readonly reach: OwnReach } }
  | { readonly type: 'failed'; readonly failure: StreamFailure };

export interface DriverParts {
  readonly core: Core;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly packets: PacketTransport;
  readonly streams: StreamTransport;
  readonly security: WireSecurity;
  /** Undefined when there is no key ring. */
  readonly keyKeeper: KeyKeeper | undefined;
  readonly logger: Logger;
  readonly owner: DriverOwner;
}

/** Counters since the start. */
export interface DriverCounters {
  packetsSent: number;
  packetsReceived: number;
  bytesSent: number;
  bytesReceived: number;
  dropped: Record<string, number>;
}

/**
 * The only place where time, bytes and the core meet: it feeds inputs, performs effects, and keeps the
 * one timer that the core's earliest deadline asks for.
 */
export class Driver {
  readonly #parts: DriverParts;
  readonly #peerStreams: PeerStreams;
  /** Looks at other pools: their answers never reach the core. */
  readonly #poolProbes: PeerStreams;
  readonly #poolProbeAnswers = new Pending<Contact<PushPull>>();
  readonly #askAnswers = new Pending<Contact<undefined>>();
  readonly #poolProbeIds = new IdSequence<StreamId>();
  readonly #log: LimitedLog;
  readonly counters: DriverCounters = {
    packetsSent: 0,
    packetsReceived: 0,
    bytesSent: 0,
    bytesReceived: 0,
    dropped: {},
  };
  #cancelWake: (() => void) | undefined;
  #wakeAtMs: number | undefined;
  #isClosed = false;
  #isFeeding = false;
  readonly #inputs: { readonly input: CoreInput; readonly atMs: number }[] = [];
  #told: (() => void)[] = [];

  constructor(parts: DriverParts) {
    this.#parts = parts;
    this.#log = new LimitedLog(parts.logger);
    const { streams, security, entropy } = parts;
    const accounts: Omit<StreamOwner, 'feed'> = {
      dropped: (error, from) => this.#dropped(error, from, 'stream'),
      counted: (direction, bytes) => {
        if (direction === 'sent') this.counters.bytesSent += bytes;
        else this.counters.bytesReceived += bytes;
      },
    };
    this.#peerStreams = new PeerStreams(streams, security, entropy, {
      ...accounts,
      feed: (input) => this.feed(input),
    });
    this.#poolProbes = new PeerStreams(streams, security, entropy, {
      ...accounts,
      feed: (input) => this.#probed(input),
    });
  }

  /** Announces us and begins to listen. */
  start(): void {
    this.#parts.packets.onPacket((packet, from) => this.#receive(packet, from));
    this.#peerStreams.listen();
    this.feed({ type: 'start' });
  }

  /**
   * Feeds one input to the core, performs what it asks for, and re-arms the only timer. An input that a
   * transport brings while effects are being performed waits until they all are. `atMs` is when it happened.
   */
  feed(input: CoreInput, atMs: number = this.#parts.clock.nowMs()): void {
    if (this.#isClosed) return;
    this.#inputs.push({ input, atMs });
    if (this.#isFeeding) return;
    this.#isFeeding = true;
    try {
      this.#drainInputs();
    } finally {
      this.#isFeeding = false;
    }
    this.#armTimer();
    this.#tellOwner();
  }

  /**
   * Asks an address for its state without telling ours; the core hears of nothing. Rejects with the signal's reason.
   */
  probePool(to: Address, timeoutMs: number, signal: AbortSignal): Promise<Contact<PushPull>> {
    const streamId = this.#poolProbeIds.next();
    const answer = this.#poolProbeAnswers.wait(streamId, signal);
    if (!signal.aborted) this.#poolProbes.begin(streamId, to, poolProbeRequest, timeoutMs);
    return answer;
  }

  /** Asks over a stream whether the member of this name listens at an address; the core hears of nothing. */
  ask(name: string, to: Address, timeoutMs: number, signal: AbortSignal): Promise<Contact<undefined>> {
    const streamId = this.#poolProbeIds.next();
    const answer = this.#askAnswers.wait(streamId, signal);
    const ping = { type: 'ping', seq: streamId, node: name } as const;
    if (!signal.aborted) this.#poolProbes.begin(streamId, to, ping, timeoutMs);
    return answer;
  }

  /** Stops: nothing is sent, received or told any more. The transports are the owner's to close. */
  close(): void {
    this.#isClosed = true;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    this.#told = [];
  }

  #drainInputs(): void {
    const { core } = this.#parts;
    for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
      for (const effect of core.step(next.input, next.atMs)) this.#perform(effect);
    }
  }

  #armTimer(): void {
    const { core, clock } = this.#parts;
    const deadlineMs = core.nextDeadlineMs();
    if (deadlineMs === this.#wakeAtMs && this.#cancelWake !== undefined) return;
    this.#cancelWake?.();
    this.#wakeAtMs = deadlineMs;
    this.#cancelWake =
      deadlineMs === undefined
        ? undefined
        : clock.wakeAt(deadlineMs, () => {
            this.#cancelWake = undefined;
            this.feed({ type: 'deadline' });
          });
  }

  /** The owner's code runs when our state is whole, so it may call back in. */
  #tellOwner(): void {
    for (let tell = this.#told.shift(); tell !== undefined; tell = this.#told.shift()) tell();
  }

  #perform(effect: CoreEffect): void {
    const { owner } = this.#parts;
    switch (effect.type) {
      case 'send':
        this.#send(effect.parts, effect.to, effect.crc);
        return;
      case 'push-pull':
        this.#peerStreams.begin(effect.streamId, effect.to, effect.state, effect.timeoutMs);
        return;
      case 'stream-ping':
        this.#peerStreams.begin(effect.streamId, effect.to, effect.ping, effect.timeoutMs);
        return;
      case 'stream-reply':
        this.#peerStreams.reply(effect.streamId, effect.message);
        return;
      case 'stream-close':
        this.#peerStreams.drop(effect.streamId);
        return;
      case 'push-pull-done':
        this.#tell(() => owner.pushPullDone(effect.streamId, outcomeOf(effect)));
        return;
      case 'push-pull-failed': {
        const { failure } = effect;
        this.#log.write('debug', 'an exchange failed', { reason: failure.reason }, this.#parts.clock.nowMs());
        this.#tell(() => owner.pushPullDone(effect.streamId, { type: 'failed', failure }));
        return;
      }
      case 'settled':
        this.#tell(() => owner.settled(effect.broadcastId, effect.outcome));
        return;
      case 'left':
        this.#tell(() => owner.left());
        return;
      case 'event':
        this.#tell(() => owner.event(effect.event));
        return;
      case 'query':
        this.#tell(() => owner.query(effect.query));
        return;
      case 'query-answer':
        this.#tell(() => owner.queryAnswered(effect.queryId, effect.from, effect.kind, effect.payload));
        return;
      case 'query-over':
        this.#tell(() => owner.queryOver(effect.queryId));
        return;
      case 'change-keys':
        this.#changeKeys(effect.keyChangeId, effect.keys);
        return;
      case 'load-expressions':
        this.#loadExpressions();
        return;
      case 'note':
        this.#log.write(effect.level, effect.message, effect.fields, this.#parts.clock.nowMs());
        return;
    }
  }

  #probed(input: CoreInput): void {
    switch (input.type) {
      case 'push-pull-reply':
        this.#poolProbeAnswers.answer(input.streamId, { ok: true, value: input.state });
        return;
      case 'push-pull-failed':
        this.#poolProbeAnswers.answer(input.streamId, { ok: false, failure: input.failure });
        return;
      case 'stream-ping-reply':
        this.#askAnswers.answer(input.streamId, { ok: true, value: undefined });
        return;
      case 'stream-ping-failed':
        this.#askAnswers.answer(input.streamId, { ok: false, failure: input.failure });
        return;
    }
  }

  #changeKeys(keyChangeId: KeyChangeId, keys: readonly Uint8Array[]): void {
    this.#parts.keyKeeper?.change(keys, (problem) =>
      this.feed({ type: 'keys-changed', keyChangeId, problem }),
    );
  }

  #loadExpressions(): void {
    loadExpressions().then(
      (matches) => this.feed({ type: 'expressions-loaded', matches }),
      (error: Error) => {
        // The package is incomplete: queries with tag filters stay unanswered, all else goes on.
        this.#parts.logger.error({ err: error }, 'cannot load the engine for tag filters');
      },
    );
  }

  #tell(tell: () => void): void {
    this.#told.push(tell);
  }

  #send(parts: readonly Uint8Array[], to: Address, crc: boolean): void {
    const { packets, security, entropy } = this.#parts;
    const { compression, verifyOutgoing, label, keyring } = security;
    const ring = keyring === undefined ? {} : { keyring };
    const nonce = () => entropy.bytes(12);
    const packet = sealPacket(parts, { ...ring, compression, verifyOutgoing, label, crc, nonce });
    this.counters.packetsSent += 1;
    this.counters.bytesSent += packet.length;
    this.#publishPacket('sent', packet, to);
    packets.send(packet, to, (error) => {
      this.#count('send-failed', to);
      const fields = { to: formatAddress(to), reason: error.message };
      this.#log.write('debug', 'a datagram could not be sent', fields, this.#parts.clock.nowMs());
      this.feed({ type: 'send-failed', to });
    });
  }

  #receive(packet: Uint8Array, from: Address): void {
    if (this.#isClosed) return;
    // Before anything is decrypted or unpacked: a round trip shall measure the network, not our own work.
    const atMs = this.#parts.clock.nowMs();
    this.counters.packetsReceived += 1;
    this.counters.bytesReceived += packet.length;
    this.#publishPacket('received', packet, from);
    const messages = this.#open(packet, from);
    if (messages.length > 0) this.feed({ type: 'packet', from, messages }, atMs);
  }

  #open(packet: Uint8Array, from: Address): readonly PacketMessage[] {
    const { keyring, verifyIncoming, label, skipInboundLabelCheck } = this.#parts.security;
    const ring = keyring === undefined ? {} : { keyring };
    try {
      const { messages, faults } = openPacket(packet, {
        ...ring,
        verifyIncoming,
        label,
        skipInboundLabelCheck,
      });
      for (const fault of faults) this.#dropped(fault, from, 'datagram');
      return messages;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#dropped(error, from, 'datagram');
      return [];
    }
  }

  #dropped(error: WireError, from: Address, what: 'datagram' | 'stream'): void {
    this.#count(error.code, from);
    const fields = { from: formatAddress(from), code: error.code, reason: error.message };
    const message = what === 'datagram' ? 'dropped a datagram or a part of one' : 'refused a stream';
    this.#log.write('warn', message, fields, this.#parts.clock.nowMs());
  }

  #count(reason: string, peer: Address): void {
    this.counters.dropped[reason] = (this.counters.dropped[reason] ?? 0) + 1;
    const { name: member } = this.#parts.core;
    if (diagnostics.dropped.hasSubscribers) diagnostics.dropped.publish({ member, reason, peer });
  }

  #publishPacket(direction: 'sent' | 'received', packet: Uint8Array, peer: Address): void {
    if (!diagnostics.packet.hasSubscribers) return;
    const { name: member } = this.#parts.core;
    diagnostics.packet.publish({ member, direction, bytesCount: packet.length, peer });
  }
}

function outcomeOf(effect: Extract<CoreEffect, { readonly type: 'push-pull-done' }>): PushPullOutcome {
  if (effect.refusal !== undefined) {
    const reason = `its members are refused: ${effect.refusal}`;
    return { type: 'failed', failure: { code: 'SEED_UNWELCOME', reason } };
  }
  return { type: 'merged', answer: effect.answer };
}
