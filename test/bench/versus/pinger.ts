import { setTimeout as delay } from 'node:timers/promises';
import { Type } from '../../interop/wire-kit/messages.ts';
import { asFields, unpack } from '../../interop/wire-kit/msgpack.ts';
import { RawPeer } from '../../interop/wire-kit/raw-peer.ts';

const pingEveryMs = 10;
const lastAnswersMs = 3_000;

/** What the pings of one agent's gossip saw. */
export interface PingTimes {
  readonly sent: number;
  readonly answered: number;
  /** Round trips in milliseconds. */
  readonly roundTripMs: readonly number[];
}

/** Pings an agent's gossip as a member of its pool would, and takes the time to the acks. */
export class Pinger {
  readonly #peer: RawPeer;
  readonly #target: string;

  private constructor(peer: RawPeer, target: string) {
    this.#peer = peer;
    this.#target = target;
  }

  /** Binds `host`; pings go to the LAN gossip of the agent at `target`. */
  static async open(host: string, target: string): Promise<Pinger> {
    return new Pinger(await RawPeer.open(host, () => undefined, { port: 8301 }), `${target}:8301`);
  }

  /** Pings every few milliseconds until `until` is settled. */
  async during(until: Promise<unknown>): Promise<PingTimes> {
    let ended = false;
    const end = until.then(
      () => {
        ended = true;
      },
      () => {
        ended = true;
      },
    );
    const sentAtMs = new Map<number, number>();
    const roundTripMs: number[] = [];
    let sent = 0;
    while (!ended) {
      const { seq, bytes } = this.#peer.ping('');
      sentAtMs.set(seq, performance.now());
      this.#peer.send(bytes, this.#target);
      sent += 1;
      await delay(pingEveryMs);
      this.#takeAcks(sentAtMs, roundTripMs);
    }
    await end;
    const deadlineMs = performance.now() + lastAnswersMs;
    while (sentAtMs.size > 0 && performance.now() < deadlineMs) {
      await delay(pingEveryMs);
      this.#takeAcks(sentAtMs, roundTripMs);
    }
    return { sent, answered: roundTripMs.length, roundTripMs };
  }

  async close(): Promise<void> {
    await this.#peer.close();
  }

  #takeAcks(sentAtMs: Map<number, number>, roundTripMs: number[]): void {
    for (const { bytes, atMs } of this.#peer.received) {
      if (bytes[0] !== Type.ack) continue;
      const seq = asFields(unpack(bytes, 1).value)['SeqNo'];
      if (typeof seq !== 'number') continue;
      const beganAtMs = sentAtMs.get(seq);
      if (beganAtMs === undefined) continue;
      sentAtMs.delete(seq);
      roundTripMs.push(atMs - beganAtMs);
    }
    this.#peer.forget();
  }
}
