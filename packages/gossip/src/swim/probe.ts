import type { StreamId } from '../ids.ts';
import type { Rng } from '../ports.ts';
import { type Address, sameAddress } from '../wire/address.ts';
import { encodePacketMessage } from '../wire/swim-codec.ts';
import type { Ack, Nack } from '../wire/swim-messages.ts';
import { isUp, type SwimMember } from './member-table.ts';
import { pickRandom } from './random.ts';
import type { SwimState } from './state.ts';
import { answeredUs } from './suspect-pings.ts';
import { suspectUnanswered } from './suspects.ts';

/** Protocol levels from which a peer understands a feature. Source: memberlist config.go ProtocolVersion. */
const streamPingProtocol = 3;
const nackProtocol = 4;

/** One probe round under way. At most one exists at a time. */
export interface Probe {
  readonly target: SwimMember;
  /** The target's incarnation when the round began: silence does not speak against a later one. */
  readonly incarnation: number;
  readonly seq: number;
  readonly sentAtMs: number;
  readonly endAtMs: number;
  /** When the watch over this process is due next; undefined once it has been late. */
  readonly watchAtMs: number | undefined;
  readonly phase: 'direct' | 'indirect';
  /** The direct ping left this machine, so its answer tells of our own health too. */
  readonly wasSent: boolean;
  readonly nacksExpected: number;
  readonly nacksSeen: number;
  /** The stream pings' exchanges, and whether one was answered. */
  readonly streamIds: readonly StreamId[];
  readonly streamAnswered: boolean;
}

const probeKey = 'probe-phase';
const watchKey = 'probe-watch';
/**
 * While an answer is awaited, this process is asked to wake that often. When it wakes later than tolerated
 * it was busy, and the answer may have lain unread: the round trip then measures us and not the network.
 */
const watchIntervalMs = 10;
const watchToleranceMs = 5;

/** Pings the next member of the round. Undefined when there is nobody to probe. Source: SWIM §4.1; Lifeguard §IV-A. */
export function beginProbe(state: SwimState): Probe | undefined {
  const { config, nowMs } = state;
  const { gossipToTheDeadMs, probeIntervalMs, probeTimeoutMs } = config.timing;
  const target = state.table.nextToProbe(
    (member) => member.name !== config.name && isUp(member),
    (member) => !isUp(member) && nowMs - member.stateChangedAtMs > gossipToTheDeadMs,
  );
  if (target === undefined) return undefined;
  const seq = state.nextSeq();
  const endAtMs = nowMs + state.awareness.scaleMs(probeIntervalMs);
  const probe: Probe = {
    target,
    incarnation: target.incarnation,
    seq,
    sentAtMs: nowMs,
    endAtMs,
    watchAtMs: nowMs + watchIntervalMs,
    phase: 'direct',
    wasSent: true,
    nacksExpected: 0,
    nacksSeen: 0,
    // Where no datagram gets through, what a stream loses is all the slower to be sent again: it needs the whole round.
    streamIds: state.udpPaths.isBlocked(target) ? pingOverStream(state, target, seq, endAtMs) : [],
    streamAnswered: false,
  };
  sendPing(state, probe);
  state.deadlines.set(watchKey, nowMs + watchIntervalMs);
  state.deadlines.set(probeKey, Math.min(nowMs + probeTimeoutMs, endAtMs));
  return probe;
}

/** Moves the round on when its deadline has passed: to indirect pings and a stream ping, or to its end. */
export function advanceProbe(state: SwimState, probe: Probe): Probe | undefined {
  if (probe.streamAnswered && (probe.phase === 'direct' || state.nowMs >= probe.endAtMs)) {
    return endOverStream(state, probe);
  }
  if (probe.phase === 'direct') return askOthers(state, probe);
  if (state.nowMs < probe.endAtMs) return probe;
  const missingNacks = Math.max(0, probe.nacksExpected - probe.nacksSeen);
  state.awareness.apply(probe.nacksExpected > 0 ? missingNacks : 1);
  const { name } = probe.target;
  state.note('info', 'a member did not answer our probe', { member: name });
  suspectUnanswered(state, name, probe.incarnation);
  return endProbe(state);
}

/** The round with its end moved; its deadline is moved by the caller, with all others. */
export function postponeProbe(probe: Probe, byMs: number): Probe {
  return { ...probe, endAtMs: probe.endAtMs + byMs, watchAtMs: undefined };
}

/** The watch is due: goes on with it for as long as this process has been on time. */
export function watchProbe(state: SwimState, probe: Probe): Probe {
  if (probe.phase !== 'direct' || !isOnTime(probe, state.nowMs)) return { ...probe, watchAtMs: undefined };
  const watchAtMs = state.nowMs + watchIntervalMs;
  state.deadlines.set(watchKey, watchAtMs);
  return { ...probe, watchAtMs };
}

/** An ack ends the round, direct or relayed. Before others were asked it can only be direct. */
export function probeAcked(state: SwimState, probe: Probe, ack: Ack, from: Address): Probe | undefined {
  if (ack.seq !== probe.seq) return probe;
  const isDirect = probe.phase === 'direct' || sameAddress(from, probe.target.address);
  if (isDirect) state.udpPaths.answered(state, probe.target);
  else state.udpPaths.answeredOtherwise(state, probe.target, 'relay');
  if (probe.wasSent) state.provedWell();
  answeredUs(state, probe.target.name);
  tellRoundTrip(state, probe, ack);
  return endProbe(state);
}

/** Only what answers the direct ping, in time, tells how far away the target is. Source: memberlist state.go probeNode. */
function tellRoundTrip(state: SwimState, probe: Probe, { payload }: Ack): void {
  const rttMs = state.nowMs - probe.sentAtMs;
  if (probe.phase !== 'direct' || !probe.wasSent || rttMs > state.config.timing.probeTimeoutMs) return;
  if (!isOnTime(probe, state.nowMs)) return;
  state.emit({ type: 'probe-answered', name: probe.target.name, rttMs, payload });
}

function isOnTime({ watchAtMs }: Probe, nowMs: number): boolean {
  return watchAtMs !== undefined && nowMs - watchAtMs <= watchToleranceMs;
}

/** A helper could not reach the target either, but shows that we are heard. */
export function probeNacked(probe: Probe, nack: Nack): Probe {
  return nack.seq === probe.seq ? { ...probe, nacksSeen: probe.nacksSeen + 1 } : probe;
}

/** The direct ping could not be sent: no use waiting for its answer. */
export function probeUnsendable(state: SwimState, probe: Probe): Probe | undefined {
  return probe.phase === 'direct' ? askOthers(state, { ...probe, wasSent: false }) : probe;
}

function sendPing(state: SwimState, probe: Probe): void {
  const { config } = state;
  const { target, seq } = probe;
  const replyTo = config.address;
  const ping = { type: 'ping', seq, node: target.name, replyTo, sourceNode: config.name } as const;
  if (target.state === 'suspect' && config.buddySystem !== 'off') {
    const { name, incarnation } = target;
    const suspect = { type: 'suspect', incarnation, node: name, from: config.name } as const;
    state.send(target, [encodePacketMessage(ping), encodePacketMessage(suspect)]);
    return;
  }
  state.sendWithPiggyback(target.address, ping);
}

function askOthers(state: SwimState, probe: Probe): Probe {
  const { config } = state;
  const { target, seq } = probe;
  const helpers = pickHelpers(state, target, state.rng);
  let nacksExpected = 0;
  for (const helper of helpers) {
    const nack = helper.versions.protocolMax >= nackProtocol;
    if (nack) nacksExpected += 1;
    state.sendWithPiggyback(helper.address, {
      type: 'indirect-ping',
      seq,
      target: target.address,
      node: target.name,
      nack,
      replyTo: config.address,
      sourceNode: config.name,
    });
  }
  state.deadlines.set(probeKey, probe.endAtMs);
  const streamIds = [...probe.streamIds, ...pingOverStream(state, target, seq, probe.endAtMs)];
  return { ...probe, phase: 'indirect', nacksExpected, streamIds };
}

/** Pings a member over a stream, if it answers there. Returns the exchange. */
function pingOverStream(
  state: SwimState,
  target: SwimMember,
  seq: number,
  endAtMs: number,
): readonly StreamId[] {
  if (target.versions.protocolMax < streamPingProtocol) return [];
  const { address: replyTo, name: sourceNode } = state.config;
  const streamId = state.nextStreamId();
  const ping = { type: 'ping', seq, node: target.name, replyTo, sourceNode } as const;
  const timeoutMs = Math.max(1, endAtMs - state.nowMs);
  state.emit({ type: 'stream-ping', streamId, to: target.address, ping, timeoutMs });
  return [streamId];
}

function pickHelpers(state: SwimState, target: SwimMember, rng: Rng): readonly SwimMember[] {
  const { config, table } = state;
  return pickRandom(
    table.all,
    config.timing.indirectChecks,
    rng,
    (member) => member.state === 'alive' && member.name !== config.name && member !== target,
  );
}

function endOverStream(state: SwimState, probe: Probe): undefined {
  if (probe.wasSent) state.provedWell();
  state.udpPaths.answeredOtherwise(state, probe.target, 'stream');
  answeredUs(state, probe.target.name);
  return endProbe(state);
}

function endProbe(state: SwimState): undefined {
  state.deadlines.clear(probeKey);
  state.deadlines.clear(watchKey);
  return undefined;
}
