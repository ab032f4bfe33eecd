const firstCapacityBytes = 1024;

/**
 * Bytes that arrived and were not consumed yet, in one piece. It grows by doubling the bytes that have arrived, never by a
 * length that a peer announces, so the work is linear and a false length costs nothing.
 */
export class ByteQueue {
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;

  get length(): number {
    return this.#end - this.#start;
  }

  /** Copies `chunk` to the end. */
  push(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#bytes.length) this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** All bytes of the queue; valid until the next change. */
  view(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.#end);
  }

  /** Removes `count` bytes from the front. */
  consume(count: number): void {
    this.#start += count;
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
    }
  }

  /** Empties the queue and frees its memory. */
  clear(): void {
    this.#bytes = new Uint8Array(0);
    this.#start = 0;
    this.#end = 0;
  }

  #makeRoom(count: number): void {
    const length = this.length;
    const needed = length + count;
    const isHalfFree = needed * 2 <= this.#bytes.length;
    const target = isHalfFree ? this.#bytes : new Uint8Array(Math.max(firstCapacityBytes, needed * 2));
    target.set(this.#bytes.subarray(this.#start, this.#end));
    this.#bytes = target;
    this.#start = 0;
    this.#end = length;
  }
}
