import { pickRandom } from '../../collections/random-choice.ts';
import type { StreamId } from '../../ids.ts';
import { type Address, sameAddress } from '../../wire/address.ts';
import { encodePacketMessage } from '../../wire/swim-codec.ts';
import type { Ack, Nack } from '../../wire/swim-messages.ts';
import { probePhase, probeTick, probeWatch } from '../deadline-kinds.ts';
import { isUp, type SwimMember } from '../members/member-table.ts';
import type { SwimState } from '../state.ts';
import { answeredByName } from '../suspicion/member-suspicion.ts';
import { suspectUnanswered } from '../suspicion/suspect.ts';
import { suspectMessage } from '../suspicion/suspicion-notices.ts';
import { isOnTime, type ProbeRound, watchIntervalMs } from './probe-round.ts';

/** Protocol levels from which a peer understands a feature. Source: memberlist config.go ProtocolVersion. */
const streamPingProtocol = 3;
const nackProtocol = 4;

/** The protocol period is over: begins the next round. A round that overruns the period swallows the ticks meanwhile. */
export function probeNext(state: SwimState): void {
  const { config, deadlines, nowMs } = state;
  deadlines.set(probeTick, nowMs + config.timing.probeIntervalMs);
  if (state.probe !== undefined && state.probe.endAtMs <= nowMs) advanceProbe(state);
  if (state.probe === undefined) beginProbe(state);
}

/** Pings the next member in the order of probing, if there is one. Source: SWIM §3.1; Lifeguard §IV-A. */
function beginProbe(state: SwimState): void {
  const { config, nowMs } = state;
  const { gossipToTheDeadMs, probeIntervalMs, probeTimeoutMs } = config.timing;
  const target = state.table.nextToProbe(
    (member) => member.name !== config.name && isUp(member),
    (member) => !isUp(member) && nowMs - member.stateChangedAtMs > gossipToTheDeadMs,
  );
  if (target === undefined) return;
  const seq = state.nextSeq();
  const endAtMs = nowMs + state.awareness.scaleMs(probeIntervalMs);
  const probe: ProbeRound = {
    target,
    incarnation: target.incarnation,
    seq,
    sentAtMs: nowMs,
    endAtMs,
    watchAtMs: nowMs + watchIntervalMs,
    phase: 'direct',
    wasSent: true,
    nacksExpected: 0,
    nacksReceived: 0,
    // Where no datagram gets through, a stream retransmits slowly too: it gets the whole round.
    streamIds: state.udpPaths.isBlocked(target) ? pingOverStream(state, target, seq, endAtMs) : [],
    isStreamAcked: false,
  };
  state.probe = probe;
  sendPing(state, probe);
  state.deadlines.set(probeWatch, nowMs + watchIntervalMs);
  state.deadlines.set(probePhase, Math.min(nowMs + probeTimeoutMs, endAtMs));
}

/** The deadline of the round has come: goes on to indirect pings and a stream ping, or ends the round. */
export function advanceProbe(state: SwimState): void {
  const { probe } = state;
  if (probe === undefined) return;
  if (probe.isStreamAcked && (probe.phase === 'direct' || state.nowMs >= probe.endAtMs)) {
    endOverStream(state, probe);
    return;
  }
  if (probe.phase === 'direct') {
    pingIndirectly(state, probe);
    return;
  }
  if (state.nowMs < probe.endAtMs) return;
  const missingNacks = Math.max(0, probe.nacksExpected - probe.nacksReceived);
  state.awareness.apply(probe.nacksExpected > 0 ? missingNacks : 1);
  const { name } = probe.target;
  state.note('info', 'Suspect has failed, no acks received', { member: name });
  suspectUnanswered(state, name, probe.incarnation);
  endProbe(state);
}

/** This process was woken during the direct ping; it asks for that again for as long as it has been on time. */
export function watchProbe(state: SwimState): void {
  const { probe, nowMs } = state;
  if (probe === undefined) return;
  if (probe.phase !== 'direct' || !isOnTime(probe, nowMs)) {
    state.probe = { ...probe, watchAtMs: undefined };
    return;
  }
  const watchAtMs = nowMs + watchIntervalMs;
  state.deadlines.set(probeWatch, watchAtMs);
  state.probe = { ...probe, watchAtMs };
}

/** An ack ends the round, direct or through a helper. Before helpers were asked it can only be direct. */
export function probeAcked(state: SwimState, ack: Ack, from: Address): void {
  const { probe } = state;
  if (ack.seq !== probe?.seq) return;
  const isDirect = probe.phase === 'direct' || sameAddress(from, probe.target.address);
  if (isDirect) ackedDirectly(state, probe.target);
  else ackedIndirectly(state, probe.target, 'helper');
  if (probe.wasSent) state.awareness.probeAnswered(state.nowMs);
  answeredByName(state, probe.target.name);
  reportRoundTrip(state, probe, ack);
  endProbe(state);
}

/** Only an ack of the direct ping, in time, measures the way to the target. Source: memberlist state.go probeNode. */
function reportRoundTrip(state: SwimState, probe: ProbeRound, { payload }: Ack): void {
  const rttMs = state.nowMs - probe.sentAtMs;
  if (probe.phase !== 'direct' || !probe.wasSent || rttMs > state.config.timing.probeTimeoutMs) return;
  if (!isOnTime(probe, state.nowMs)) return;
  state.emit({ type: 'probe-answered', name: probe.target.name, rttMs, payload });
}

/** A helper had no ack from the target either, but its nack proves that it received our request. */
export function probeNacked(state: SwimState, nack: Nack): void {
  const { probe } = state;
  if (nack.seq === probe?.seq) state.probe = { ...probe, nacksReceived: probe.nacksReceived + 1 };
}

/** A stream ping of the round was acked. The round ends with its phase, because a datagram may still be acked. */
export function probeStreamAcked(state: SwimState, streamId: StreamId, ack: Ack): void {
  const { probe } = state;
  if (ack.seq === probe?.seq && probe.streamIds.includes(streamId))
    state.probe = { ...probe, isStreamAcked: true };
}

/** The target's address refused or closed a stream ping of the round. */
export function probeStreamDenied({ probe }: SwimState, streamId: StreamId): void {
  if (probe?.streamIds.includes(streamId)) probe.target.isDenied = true;
}

/** A datagram could not be sent. If it was the direct ping, its ack is not worth waiting for. */
export function probeUnsendable(state: SwimState, to: Address): void {
  const { probe } = state;
  if (probe?.phase !== 'direct' || !sameAddress(probe.target.address, to)) return;
  pingIndirectly(state, { ...probe, wasSent: false });
}

function sendPing(state: SwimState, probe: ProbeRound): void {
  const { config } = state;
  const { target, seq } = probe;
  const replyTo = config.address;
  const ping = { type: 'ping', seq, node: target.name, replyTo, sourceNode: config.name } as const;
  if (target.state === 'suspect' && state.features.buddySystem) {
    state.send(target, [encodePacketMessage(ping), encodePacketMessage(suspectMessage(state, target))]);
    return;
  }
  state.sendWithPiggyback(target.address, ping);
}

function pingIndirectly(state: SwimState, probe: ProbeRound): void {
  const { config } = state;
  const { target, seq } = probe;
  const helpers = pickHelpers(state, target);
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
  state.deadlines.set(probePhase, probe.endAtMs);
  const streamIds = [...probe.streamIds, ...pingOverStream(state, target, seq, probe.endAtMs)];
  state.probe = { ...probe, phase: 'indirect', nacksExpected, streamIds };
}

/** Pings a member over a stream, if it understands that. Returns the stream. */
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

function pickHelpers({ config, rng, table }: SwimState, target: SwimMember): readonly SwimMember[] {
  return pickRandom(
    table.all,
    config.timing.indirectChecks,
    rng,
    (member) => member.state === 'alive' && member.name !== config.name && member !== target,
  );
}

function endOverStream(state: SwimState, probe: ProbeRound): void {
  if (probe.wasSent) state.awareness.probeAnswered(state.nowMs);
  ackedIndirectly(state, probe.target, 'stream');
  answeredByName(state, probe.target.name);
  endProbe(state);
}

function endProbe(state: SwimState): void {
  state.deadlines.clear(probePhase);
  state.deadlines.clear(probeWatch);
  state.probe = undefined;
}

function ackedDirectly(state: SwimState, target: SwimMember): void {
  if (!state.udpPaths.ackedDirectly(target)) return;
  state.note('info', 'UDP probes of a member succeed again', { member: target.name });
}

function ackedIndirectly(state: SwimState, target: SwimMember, by: 'helper' | 'stream'): void {
  const direction = state.udpPaths.ackedIndirectly(target, by);
  if (direction === undefined) return;
  const message = 'Was able to connect but other probes failed, network may be misconfigured';
  state.note('warn', message, { member: target.name, direction });
}
