/**
 * The indexes of one agent as numbers of steps: the two logs hold other commands too, so their indexes are compared by
 * the request after which they first appeared. What is older than the sequence is step 0.
 */
export class IndexSteps {
  /** The greatest index that was seen by the end of each step. */
  readonly #greatest: number[] = [0];

  /** Ends a step in which these indexes were seen. */
  end(indexes: readonly number[]): void {
    this.#greatest.push(Math.max(this.#greatest.at(-1) ?? 0, ...indexes));
  }

  /** The first step by whose end an index as great as this one was seen. */
  of(index: number): number {
    const step = this.#greatest.findIndex((greatest) => index <= greatest);
    return step === -1 ? this.#greatest.length : step;
  }
}
