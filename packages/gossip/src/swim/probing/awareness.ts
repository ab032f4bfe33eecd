/**
 * Lifeguard's local health: how much this member doubts itself before it doubts others. 0 is healthy;
 * every point stretches the probe round by one interval. Source: Lifeguard §IV-A; memberlist awareness.go.
 */
export class Awareness {
  readonly #scoreMax: number;
  readonly #probeIntervalMs: number;
  #score = 0;
  #lateAtMs = Number.NEGATIVE_INFINITY;

  /** `maxMultiplier` is one more than the worst score. */
  constructor(maxMultiplier: number, probeIntervalMs: number) {
    this.#scoreMax = Math.max(0, maxMultiplier - 1);
    this.#probeIntervalMs = probeIntervalMs;
  }

  get score(): number {
    return this.#score;
  }

  apply(delta: number): void {
    this.#score = Math.min(this.#scoreMax, Math.max(0, this.#score + delta));
  }

  /** A deadline was kept late. That costs one point: every time for a stall, else once a probe interval. */
  deadlineMissed(nowMs: number, { isStall }: { readonly isStall: boolean }): void {
    if (!isStall && nowMs - this.#lateAtMs < this.#probeIntervalMs) return;
    this.#lateAtMs = nowMs;
    this.apply(1);
  }

  /** A probe was answered. While this process is late itself, an answer does not prove its health. */
  probeAnswered(nowMs: number): void {
    if (nowMs - this.#lateAtMs >= 2 * this.#probeIntervalMs) this.apply(-1);
  }

  /** A duration stretched by the score. */
  scaleMs(durationMs: number): number {
    return durationMs * (this.#score + 1);
  }
}
