import type { Address } from '../wire/address.ts';
import type { IndirectPing } from '../wire/swim-messages.ts';
import type { SwimState } from './state.ts';

/** A probe that we run for somebody else. */
interface Relay {
  readonly askedBy: Address;
  /** The asker's number for it. */
  readonly seq: number;
  readonly wantsNack: boolean;
}

/** Relays under way at once; each lives one probe timeout. More is a flood, not a pool. */
const relaysMax = 1024;

/** Indirect probes that we run for others: ping the target under a number of ours, pass on its ack, or say that there was none. */
export class Relays {
  readonly #bySeq = new Map<number, Relay>();

  /** Source: SWIM §4.1; memberlist net.go handleIndirectPing. */
  begin(state: SwimState, request: IndirectPing, from: Address): void {
    const { config } = state;
    if (this.#bySeq.size >= relaysMax) {
      state.note('warn', 'ignoring an indirect ping: too many are under way', { limit: relaysMax });
      return;
    }
    const seq = state.nextSeq();
    this.#bySeq.set(seq, { askedBy: request.replyTo ?? from, seq: request.seq, wantsNack: request.nack });
    state.deadlines.set(relayKey(seq), state.nowMs + config.timing.probeTimeoutMs);
    const to = { host: request.target.host, port: request.target.port || config.address.port };
    state.sendAlone(to, {
      type: 'ping',
      seq,
      node: request.node,
      replyTo: config.address,
      sourceNode: config.name,
    });
  }

  /** Passes an ack on to the asker, without its payload. */
  acked(state: SwimState, seq: number): void {
    const relay = this.#end(state, seq);
    if (relay === undefined) return;
    state.sendWithPiggyback(relay.askedBy, { type: 'ack', seq: relay.seq, payload: new Uint8Array(0) });
  }

  /** The target was silent for a whole probe timeout. */
  expired(state: SwimState, seq: number): void {
    const relay = this.#end(state, seq);
    if (relay?.wantsNack) state.sendWithPiggyback(relay.askedBy, { type: 'nack', seq: relay.seq });
  }

  #end(state: SwimState, seq: number): Relay | undefined {
    const relay = this.#bySeq.get(seq);
    this.#bySeq.delete(seq);
    state.deadlines.clear(relayKey(seq));
    return relay;
  }
}

const relayPrefix = 'relay:';

function relayKey(seq: number): string {
  return `${relayPrefix}${seq}`;
}

/** The number of the relay whose deadline this is, if it is one. */
export function relayOfKey(key: string): number | undefined {
  return key.startsWith(relayPrefix) ? Number(key.slice(relayPrefix.length)) : undefined;
}
