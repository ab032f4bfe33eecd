/**
 * Lifeguard's local health: how much we should doubt ourselves before we doubt others. 0 is healthy;
 * every point stretches the probe round by one interval. Source: Lifeguard §IV-A; memberlist awareness.go.
 */
export class Awareness {
  readonly #scoreMax: number;
  #score = 0;

  /** `maxMultiplier` is one more than the worst score. */
  constructor(maxMultiplier: number) {
    this.#scoreMax = Math.max(0, maxMultiplier - 1);
  }

  get score(): number {
    return this.#score;
  }

  apply(delta: number): void {
    this.#score = Math.min(this.#scoreMax, Math.max(0, this.#score + delta));
  }

  /** A duration stretched by our own ill health. */
  scaleMs(durationMs: number): number {
    return durationMs * (this.#score + 1);
  }
}
