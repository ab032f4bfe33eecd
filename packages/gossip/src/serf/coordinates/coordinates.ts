import type { Rng } from '../../ports.ts';
import type { Coordinate } from '../../wire/coordinate-codec.ts';
import { isValidCoordinate, origin, pulledByGravity, pulledBySample, rawDistanceS } from './vivaldi.ts';

/** Longer round trips are rejected. Source: serf coordinate/client.go maxRTT. */
const rttMsMax = 10_000;
/**
 * Round trips to one member whose median counts, so that a busy machine cannot distort it. Source: serf
 * LatencyFilterSize.
 */
const latencyFilterSize = 3;
/** Samples that the adjustment averages. Source: serf coordinate/config.go AdjustmentWindowSize. */
const adjustmentWindow = 20;

/** A member's last coordinate and our last round trips to it. */
interface Peer {
  coordinate: Coordinate;
  /** Oldest first. */
  readonly samplesS: number[];
}

/**
 * Our own network coordinate and the last one of each member. The caller bounds the map: it observes members only and
 * forgets the members that it erases.
 */
export class Coordinates {
  readonly #self: string;
  readonly #rng: Rng;
  readonly #peers = new Map<string, Peer>();
  readonly #adjustmentSamplesS: number[] = Array.from({ length: adjustmentWindow }, () => 0);
  #adjustmentIndex = 0;
  #own = origin;
  #resetsCount = 0;

  constructor(self: string, rng: Rng) {
    this.#self = self;
    this.#rng = rng;
  }

  get own(): Coordinate {
    return this.#own;
  }

  /** How often our coordinate became invalid and was reset to the origin. */
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
   * Moves our coordinate by a round trip to a member and the coordinate in its ack. Returns false, and changes
   * nothing, when one of them is invalid. Source: serf coordinate/client.go Update.
   */
  observe(name: string, coordinate: Coordinate, rttMs: number): boolean {
    if (!isValidCoordinate(coordinate) || !(rttMs >= 0 && rttMs <= rttMsMax)) return false;
    const rttS = this.#medianRttS(name, coordinate, rttMs / 1000);
    const pulled = pulledBySample(this.#own, coordinate, rttS, this.#rng);
    const adjusted = { ...pulled, adjustment: this.#adjustment(rttS - rawDistanceS(pulled, coordinate)) };
    this.#own = pulledByGravity(adjusted, this.#rng);
    if (!isValidCoordinate(this.#own)) this.#reset();
    return true;
  }

  /** Clears the window too: the sample that made our coordinate invalid distorts the next twenty in Serf. */
  #reset(): void {
    this.#own = origin;
    this.#adjustmentSamplesS.fill(0);
    this.#resetsCount += 1;
  }

  #medianRttS(name: string, coordinate: Coordinate, rttS: number): number {
    const peer = this.#peers.get(name) ?? { coordinate, samplesS: [] };
    this.#peers.set(name, peer);
    peer.coordinate = coordinate;
    peer.samplesS.push(rttS);
    if (peer.samplesS.length > latencyFilterSize) peer.samplesS.shift();
    const sorted = peer.samplesS.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? rttS;
  }

  #adjustment(sampleS: number): number {
    this.#adjustmentSamplesS[this.#adjustmentIndex] = sampleS;
    this.#adjustmentIndex = (this.#adjustmentIndex + 1) % adjustmentWindow;
    return this.#adjustmentSamplesS.reduce((sum, sample) => sum + sample, 0) / (2 * adjustmentWindow);
  }
}
