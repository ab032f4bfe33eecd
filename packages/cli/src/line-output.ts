/** Where lines go: standard output or a file. It fails and stalls, and never throws. */
export interface LineSink {
  /** What a note about lost lines calls it: `stdout`. */
  readonly name: string;
  /**
   * Writes the text after all text before it. `done` is called once, at once or later, with the reason when it was
   * lost.
   */
  write(text: string, done: (fault?: Error) => void): void;
}

/** Lines that were given up, and the last reason. */
export interface LostLines {
  readonly count: number;
  readonly to: string;
  readonly reason: string;
}

/** A reader that is further behind loses lines: some 8,000 of them wait then. */
const pendingBytesMax = 1024 * 1024;

/**
 * Writes lines that are not vital. What cannot be written, because the sink fails or its reader is too far behind, is
 * lost and counted; a line says how many as soon as the sink takes lines again. At most 1 MiB waits.
 */
export class LineOutput {
  readonly #sink: LineSink;
  readonly #describeLost: (lost: LostLines) => string;
  #pendingBytes = 0;
  /** Lost, and no line that says so is written yet. */
  #unreported = 0;
  #lost = 0;
  #reason = '';
  #idleWaiters: (() => void)[] = [];

  constructor(sink: LineSink, describeLost: (lost: LostLines) => string) {
    this.#sink = sink;
    this.#describeLost = describeLost;
  }

  /** Lines lost since the start. */
  get lostCount(): number {
    return this.#lost;
  }

  write(line: string): void {
    if (this.#pendingBytes >= pendingBytesMax) {
      this.#lose(1, 'its reader is too far behind');
      return;
    }
    const reported = this.#unreported;
    this.#send(this.#note() + line, reported, 1);
  }

  /** Resolves when nothing waits to be written any more; never when a reader has stalled. */
  idle(): Promise<void> {
    if (this.#pendingBytes === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleWaiters.push(resolve));
  }

  #send(text: string, reported: number, lines: number): void {
    const bytes = Buffer.byteLength(text);
    this.#pendingBytes += bytes;
    this.#unreported -= reported;
    this.#sink.write(text, (fault) => {
      this.#pendingBytes -= bytes;
      if (fault !== undefined) {
        this.#unreported += reported;
        this.#lose(lines, fault.message);
      }
      if (this.#pendingBytes > 0) return;
      // A sink that has just failed is not asked again until there is another line.
      if (fault === undefined && this.#unreported > 0) this.#send(this.#note(), this.#unreported, 0);
      else for (const wake of this.#idleWaiters.splice(0)) wake();
    });
  }

  #lose(lines: number, reason: string): void {
    this.#lost += lines;
    this.#unreported += lines;
    this.#reason = reason;
  }

  #note(): string {
    if (this.#unreported === 0) return '';
    return this.#describeLost({ count: this.#unreported, to: this.#sink.name, reason: this.#reason });
  }
}
