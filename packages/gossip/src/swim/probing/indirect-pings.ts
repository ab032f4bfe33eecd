import type { Address } from '../../wire/address.ts';
import type { IndirectPing } from '../../wire/swim-messages.ts';
import type { SwimState } from '../state.ts';
import { type Relay, relaysMax } from './relays.ts';

/** Pings the target of an indirect ping for the requester. Source: SWIM §3.1; memberlist net.go handleIndirectPing. */
export function beginRelay(state: SwimState, request: IndirectPing, from: Address): void {
  const { config, relays } = state;
  if (relays.isFull) {
    state.note('warn', 'ignoring an indirect ping: too many are under way', { limit: relaysMax });
    return;
  }
  const seq = state.nextSeq();
  const { replyTo: requestedBy = from, nack: wantsNack } = request;
  relays.begin(seq, { requestedBy, seq: request.seq, wantsNack });
  state.deadlines.set({ kind: 'relay', seq }, state.nowMs + config.timing.probeTimeoutMs);
  const to = { host: request.target.host, port: request.target.port || config.address.port };
  state.sendAlone(to, {
    type: 'ping',
    seq,
    node: request.node,
    replyTo: config.address,
    sourceNode: config.name,
  });
}

/** The target answered: its ack goes on to the requester, without the payload. */
export function relayAck(state: SwimState, seq: number): void {
  const relay = endRelay(state, seq);
  if (relay === undefined) return;
  state.sendWithPiggyback(relay.requestedBy, { type: 'ack', seq: relay.seq, payload: new Uint8Array(0) });
}

/** The target did not answer within the probe timeout. */
export function relayTimedOut(state: SwimState, seq: number): void {
  const relay = endRelay(state, seq);
  if (relay?.wantsNack) state.sendWithPiggyback(relay.requestedBy, { type: 'nack', seq: relay.seq });
}

function endRelay(state: SwimState, seq: number): Relay | undefined {
  const relay = state.relays.end(seq);
  if (relay !== undefined) state.deadlines.clear({ kind: 'relay', seq });
  return relay;
}
