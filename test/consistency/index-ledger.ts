/** One answer's index, and what it belongs to. */
export interface IndexedAnswer {
  /** X-Consul-Index; NaN when there is none. */
  readonly index: number;
  readonly body: string;
  /** The highest index of an answer to the same question that was there before this one was asked for. */
  readonly least: number;
}

/** Remembers the indexes of answers, question by question. */
export class IndexLedger {
  readonly #highest = new Map<string, { readonly index: number; readonly body: string }>();

  /** The highest index of the question's answers so far; 0 before the first. */
  highest(target: string): number {
    return this.#highest.get(target)?.index ?? 0;
  }

  /**
   * Takes an answer in. Says what is wrong with its index: that there is none, that it went back, or that it did not move
   * though the answer changed, so that a blocking query would have missed the change.
   */
  take(target: string, { index, body, least }: IndexedAnswer): string | undefined {
    if (!Number.isSafeInteger(index) || index < 1) return `X-Consul-Index is ${index}`;
    const known = this.#highest.get(target);
    if (known === undefined || index > known.index) this.#highest.set(target, { index, body });
    if (index < least) return `X-Consul-Index went back from ${least} to ${index}`;
    if (known?.index === index && known.body !== body)
      return `the answer changed and X-Consul-Index stayed ${index}:\n  ${known.body}\n  ${body}`;
    return undefined;
  }
}
