/** How many go on in one turn of the event loop, and how long they may take together before the rest has to wait. */
const each = 64;
const turnMs = 5;

/**
 * Lets long work pass the event loop piece by piece: everything that waits for its turn goes on in the order in which
 * it came, as much in one turn of the loop as takes a few milliseconds, so that sockets, timers and gossip are served
 * between two turns, whether one dump is written or ten thousand blocking queries are answered.
 */
export class Turns {
  readonly #nowMs: () => number;
  readonly #waiting: (() => void)[] = [];
  /** Where the first one stands that did not have its turn. */
  #first = 0;
  #isScheduled = false;
  #count = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** The number of the last turn in which something went on. */
  get count(): number {
    return this.#count;
  }

  /** Resolves when the caller may go on. Call it between pieces of a millisecond or less. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => void this.#run());
  }

  async #run(): Promise<void> {
    const startedMs = this.#nowMs();
    this.#count += 1;
    // What comes meanwhile has its turn in the next one.
    const end = Math.min(this.#first + each, this.#waiting.length);
    while (this.#first < end) {
      this.#waiting[this.#first]?.();
      this.#first += 1;
      // What was waked works in the microtasks until here.
      await undefined;
      if (this.#nowMs() - startedMs >= turnMs) break;
    }
    this.#isScheduled = false;
    if (this.#first * 2 >= this.#waiting.length) {
      this.#waiting.splice(0, this.#first);
      this.#first = 0;
    }
    if (this.#waiting.length > 0) this.#schedule();
  }
}
