import type { Rng } from '../../ports.ts';
import type { Coordinate } from '../../wire/coordinate-codec.ts';
import { isUsable, origin, pulledByGravity, pulledBySample, rawDistanceS } from './vivaldi.ts';

/** A longer round trip is no measurement. Source: serf coordinate/client.go maxRTT. */
const rttMsMax = 10_000;
/** The median of so many round trips to one member counts: one that a busy machine stretched does not. */
const latencyFilterSize = 3;
/** Over how many samples the adjustment is averaged. */
const adjustmentWindow = 20;

/** What a member told and what we measured of it. */
interface Peer {
  coordinate: Coordinate;
  /** The last round trips in seconds, oldest first. */
  readonly samplesS: number[];
}

/**
 * Our own place in the network, and the last known ones of others. As many as there are members whose
 * acks came: the caller observes members only, and forgets those that are gone.
 */
export class Coordinates {
  readonly #self: string;
  readonly #rng: Rng;
  readonly #peers = new Map<string, Peer>();
  readonly #offsS: number[] = Array.from({ length: adjustmentWindow }, () => 0);
  #offIndex = 0;
  #own = origin;
  #resetsCount = 0;

  constructor(self: string, rng: Rng) {
    this.#self = self;
    this.#rng = rng;
  }

  get own(): Coordinate {
    return this.#own;
  }

  /** How often our own became nonsense and began again at the origin. */
  get resetsCount(): number {
    return this.#resetsCount;
  }

  get(name: string): Coordinate | undefined {
    return name === this.#self ? this.#own : this.#peers.get(name)?.coordinate;
  }

  forget(name: string): void {
    this.#peers.delete(name);
  }

  /**
   * Takes in a round trip to a member and the coordinate it answered with. False, and nothing changed, when
   * they cannot be true. Source: serf coordinate/client.go Update.
   */
  observe(name: string, coordinate: Coordinate, rttMs: number): boolean {
    if (!isUsable(coordinate) || !(rttMs >= 0 && rttMs <= rttMsMax)) return false;
    const rttS = this.#filter(name, coordinate, rttMs / 1000);
    const pulled = pulledBySample(this.#own, coordinate, rttS, this.#rng);
    const adjusted = { ...pulled, adjustment: this.#adjustment(rttS - rawDistanceS(pulled, coordinate)) };
    this.#own = pulledByGravity(adjusted, this.#rng);
    if (!isUsable(this.#own)) this.#reset();
    return true;
  }

  /** What made a coordinate nonsense is in the window too, and would spoil the next twenty (as it does upstream). */
  #reset(): void {
    this.#own = origin;
    this.#offsS.fill(0);
    this.#resetsCount += 1;
  }

  #filter(name: string, coordinate: Coordinate, rttS: number): number {
    const peer = this.#peers.get(name) ?? { coordinate, samplesS: [] };
    this.#peers.set(name, peer);
    peer.coordinate = coordinate;
    peer.samplesS.push(rttS);
    if (peer.samplesS.length > latencyFilterSize) peer.samplesS.shift();
    const sorted = peer.samplesS.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? rttS;
  }

  #adjustment(offS: number): number {
    this.#offsS[this.#offIndex] = offS;
    this.#offIndex = (this.#offIndex + 1) % adjustmentWindow;
    return this.#offsS.reduce((sum, off) => sum + off, 0) / (2 * adjustmentWindow);
  }
}
