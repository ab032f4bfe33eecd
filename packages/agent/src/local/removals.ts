/** A registration that was removed here, and that the catalog has to lose too. */
export interface Removal {
  readonly token: string;
  /** Of a check: the service that it belongs to, whose removal removes it as well; '' for the node. */
  readonly serviceId: string;
}

/**
 * Without servers nothing takes removals away. Those before the last of this number are forgotten: the comparison with
 * the catalog finds what it still has.
 */
const removalsMax = 100_000;

/** Removals by id, in their order, and by service. */
export class Removals {
  readonly #byId = new Map<string, Removal>();
  readonly #idsByService = new Map<string, Set<string>>();

  get size(): number {
    return this.#byId.size;
  }

  [Symbol.iterator](): IterableIterator<[id: string, removal: Removal]> {
    return this.#byId[Symbol.iterator]();
  }

  get(id: string): Removal | undefined {
    return this.#byId.get(id);
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Adds a removal, or replaces the one with its id. */
  set(id: string, removal: Removal): void {
    this.delete(id);
    this.#byId.set(id, removal);
    const ids = this.#idsByService.get(removal.serviceId) ?? new Set();
    this.#idsByService.set(removal.serviceId, ids.add(id));
    if (this.#byId.size <= removalsMax) return;
    const [oldest = ''] = this.#byId.keys();
    this.delete(oldest);
  }

  /** Unknown ids are ignored. */
  delete(id: string): void {
    const removal = this.#byId.get(id);
    if (removal === undefined) return;
    this.#byId.delete(id);
    const ids = this.#idsByService.get(removal.serviceId);
    ids?.delete(id);
    if (ids?.size === 0) this.#idsByService.delete(removal.serviceId);
  }

  /** Deletes all of one service. */
  deleteOf(serviceId: string): void {
    for (const id of [...(this.#idsByService.get(serviceId) ?? [])]) this.delete(id);
  }
}
