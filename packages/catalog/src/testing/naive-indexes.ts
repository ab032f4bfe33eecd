/** The table of indexes of a naive state. */
export class NaiveIndexes {
  /** The index of the command that is applied. */
  now = 0;
  #byName = new Map<string, number>();

  get(name: string): number | undefined {
    return this.#byName.get(name);
  }

  move(name: string): void {
    this.#byName.set(name, this.now);
  }

  delete(name: string): void {
    this.#byName.delete(name);
  }

  copy(): ReadonlyMap<string, number> {
    return new Map(this.#byName);
  }

  takeBack(copy: ReadonlyMap<string, number>): void {
    this.#byName = new Map(copy);
  }
}
