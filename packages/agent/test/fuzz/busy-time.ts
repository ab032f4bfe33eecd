/**
 * The most processor time that one turn of the event loop takes, in milliseconds. Processor time, not time: on a busy
 * machine the process may stand still, which is nobody's fault here.
 */
export class BusyTime implements Disposable {
  #isOver = false;
  #longestMs = 0;

  constructor() {
    this.#watch(process.cpuUsage());
  }

  /** The longest turn since the last call. */
  takeLongestMs(): number {
    const longest = this.#longestMs;
    this.#longestMs = 0;
    return longest;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
  }

  #watch(before: NodeJS.CpuUsage): void {
    setImmediate(() => {
      const { user, system } = process.cpuUsage(before);
      this.#longestMs = Math.max(this.#longestMs, (user + system) / 1000);
      if (!this.#isOver) this.#watch(process.cpuUsage());
    });
  }
}
