import type { Core, CoreEffect, CoreInput } from '../core.ts';
import type { GossipEvent } from '../events.ts';
import { loadExpressionEngine } from '../expression-engine.ts';
import type { BroadcastId, KeyChangeId, QueryId, StreamId } from '../ids.ts';
import type { Clock, Entropy, PacketTransport, StreamTransport } from '../ports.ts';
import type { ReceivedQuery } from '../serf/types.ts';
import type { AnswerAboutUs, OwnReach } from '../swim/reach/own-listing.ts';
import type { StreamFailure } from '../swim/types.ts';
import type { Address } from '../wire/address.ts';
import { openPacket, sealPacket } from '../wire/packet.ts';
import type { PacketMessage } from '../wire/swim-messages.ts';
import { WireError } from '../wire-error.ts';
import type { KeyKeeper } from './key-keeper.ts';
import type { LimitedLog } from './limited-log.ts';
import { PeerStreams, type WireSecurity } from './peer-streams.ts';
import { PendingRequests } from './pending-requests.ts';
import type { Traffic } from './traffic.ts';

/** What the driver reports to its owner. Called when the step is over and all its effects are performed. */
export interface DriverOwner {
  event(event: GossipEvent): void;
  /** This member has left the pool. */
  left(): void;
  query(query: ReceivedQuery): void;
  queryAnswered(queryId: QueryId, from: string, kind: 'ack' | 'response', payload: Uint8Array): void;
  queryOver(queryId: QueryId): void;
}

/** How a push/pull that this member began ended. */
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
  readonly traffic: Traffic;
  readonly log: LimitedLog;
  readonly owner: DriverOwner;
}

/** How a push/pull is begun. */
export type PushPullRequest = Omit<
  Extract<CoreInput, { readonly type: 'begin-push-pull' }>,
  'type' | 'streamId'
>;

/** How a broadcast whose end the caller awaits ended: its retransmissions are sent, or did not go out in time. */
export type BroadcastOutcome = 'done' | 'timed-out';

/**
 * The only place where time, bytes and the core meet: feeds inputs to the core, performs its effects, and keeps one
 * timer for its earliest deadline.
 */
export class Driver {
  readonly #parts: DriverParts;
  readonly #peerStreams: PeerStreams;
  readonly #pushPulls: PendingRequests<StreamId, PushPullOutcome>;
  readonly #broadcasts: PendingRequests<BroadcastId, BroadcastOutcome>;
  #cancelWake: (() => void) | undefined;
  #wakeAtMs: number | undefined;
  #isClosed = false;
  #isFeeding = false;
  readonly #inputs: { readonly input: CoreInput; readonly atMs: number }[] = [];
  #reports: (() => void)[] = [];

  constructor(parts: DriverParts) {
    this.#parts = parts;
    const { core, streams, security, entropy, traffic } = parts;
    this.#pushPulls = new PendingRequests(() => core.newStreamId());
    this.#broadcasts = new PendingRequests(() => core.newBroadcastId());
    const feed = (input: CoreInput): void => this.feed(input);
    this.#peerStreams = new PeerStreams({ streams, security, entropy, traffic, feed });
  }

  /** Announces this member and begins to listen. */
  start(): void {
    this.#parts.packets.onPacket((packet, from) => this.#receive(packet, from));
    this.#peerStreams.listen();
    this.feed({ type: 'start' });
  }

  /**
   * Feeds one input to the core, performs the effects and re-arms the timer. An input that arrives while effects are
   * performed waits until all of them are. `atMs` is when the input arrived.
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
    this.#report();
  }

  /** Begins a push/pull and waits for its end. Rejects with the signal's reason, or with that of `close`. */
  pushPull(request: PushPullRequest, signal: AbortSignal): Promise<PushPullOutcome> {
    return this.#pushPulls.begin((streamId) => {
      this.feed({ type: 'begin-push-pull', streamId, ...request });
    }, signal);
  }

  /** Feeds a change with the id of its broadcast and waits until the broadcast is sent. Rejects as `pushPull` does. */
  broadcast(
    change: (broadcastId: BroadcastId) => CoreInput,
    signal: AbortSignal | undefined,
  ): Promise<BroadcastOutcome> {
    return this.#broadcasts.begin((broadcastId) => this.feed(change(broadcastId)), signal);
  }

  /** Sends, receives and reports nothing from now on, and rejects what is awaited. Does not close the transports. */
  close(reason: unknown): void {
    this.#isClosed = true;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    this.#reports = [];
    this.#pushPulls.close(reason);
    this.#broadcasts.close(reason);
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

  /** Calls the owner. The step is over by now, so the owner may feed another input. */
  #report(): void {
    for (let next = this.#reports.shift(); next !== undefined; next = this.#reports.shift()) next();
  }

  #perform(effect: CoreEffect): void {
    const { owner, log } = this.#parts;
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
        this.#reports.push(() => this.#pushPulls.settle(effect.streamId, outcomeOf(effect)));
        return;
      case 'push-pull-failed': {
        const { streamId, failure } = effect;
        log.write('debug', 'Push/Pull failed', { reason: failure.reason });
        this.#reports.push(() => this.#pushPulls.settle(streamId, { type: 'failed', failure }));
        return;
      }
      case 'settled':
        this.#reports.push(() => this.#broadcasts.settle(effect.broadcastId, effect.outcome));
        return;
      case 'left':
        this.#reports.push(() => owner.left());
        return;
      case 'event':
        this.#reports.push(() => owner.event(effect.event));
        return;
      case 'query':
        this.#reports.push(() => owner.query(effect.query));
        return;
      case 'query-answer':
        this.#reports.push(() =>
          owner.queryAnswered(effect.queryId, effect.from, effect.kind, effect.payload),
        );
        return;
      case 'query-over':
        this.#reports.push(() => owner.queryOver(effect.queryId));
        return;
      case 'change-keys':
        this.#changeKeys(effect.keyChangeId, effect.keys);
        return;
      case 'load-expressions':
        this.#loadExpressions();
        return;
      case 'note':
        log.write(effect.level, effect.message, effect.fields);
        return;
    }
  }

  #changeKeys(keyChangeId: KeyChangeId, keys: readonly Uint8Array[]): void {
    this.#parts.keyKeeper?.change(keys, (problem) =>
      this.feed({ type: 'keys-changed', keyChangeId, problem }),
    );
  }

  #loadExpressions(): void {
    loadExpressionEngine().then(
      (engine) => {
        const matches = engine.matches.bind(engine);
        this.feed({ type: 'expressions-loaded', matches });
      },
      (error: Error) => {
        // The package is incomplete. Queries with tag filters stay unanswered; nothing else depends on it.
        this.#parts.log.write('error', 'cannot load the engine for tag filters', { err: error });
      },
    );
  }

  #send(parts: readonly Uint8Array[], to: Address, crc: boolean): void {
    const { packets, security, entropy, traffic } = this.#parts;
    const packet = sealPacket(parts, { ...security, crc, nonce: () => entropy.bytes(12) });
    traffic.packet('sent', packet.length, to);
    packets.send(packet, to, (error) => {
      traffic.sendFailed(error, to);
      this.feed({ type: 'send-failed', to });
    });
  }

  #receive(packet: Uint8Array, from: Address): void {
    if (this.#isClosed) return;
    // Read before decryption and decoding, so that a round trip measures the network alone.
    const atMs = this.#parts.clock.nowMs();
    this.#parts.traffic.packet('received', packet.length, from);
    const messages = this.#open(packet, from);
    if (messages.length > 0) this.feed({ type: 'packet', from, messages }, atMs);
  }

  #open(packet: Uint8Array, from: Address): readonly PacketMessage[] {
    const { security, traffic } = this.#parts;
    try {
      const { messages, faults } = openPacket(packet, security);
      for (const fault of faults) traffic.packetDropped(fault, from);
      return messages;
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      traffic.packetDropped(error, from);
      return [];
    }
  }
}

function outcomeOf(effect: Extract<CoreEffect, { readonly type: 'push-pull-done' }>): PushPullOutcome {
  if (effect.refusal !== undefined) {
    const reason = `its members are refused: ${effect.refusal}`;
    return { type: 'failed', failure: { code: 'SEED_UNWELCOME', reason } };
  }
  return { type: 'merged', answer: effect.answer };
}
