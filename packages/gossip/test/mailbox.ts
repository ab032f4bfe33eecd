/** Values that callbacks put in and tests take out in order; a take waits for the next value. */
export class Mailbox<T> {
  readonly #values: T[] = [];
  readonly #takers: ((value: T) => void)[] = [];

  put(value: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#values.push(value);
    else taker(value);
  }

  next(): Promise<T> {
    return new Promise((resolve) => {
      if (this.#values.length === 0) this.#takers.push(resolve);
      else resolve(this.#values.shift() as T); // there is one: the length says so
    });
  }
}
