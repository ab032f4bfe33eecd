/** Work on one file that waits for the work before it. */
interface Lane {
  running: Promise<void>;
  /** What is to follow; later work takes the place of earlier work that has not begun. */
  next: { work: () => Promise<void>; readonly done: Promise<void> } | undefined;
}

/**
 * Does work on each path in the order of the calls. Of work that waits for the same path only the last is done: it
 * overwrites what came before it, and all callers get its outcome.
 */
export class FileLanes {
  readonly #lanes = new Map<string, Lane>();

  /** Resolves when `work`, or work on the same path that replaced it, is done. */
  do(path: string, work: () => Promise<void>): Promise<void> {
    const lane = this.#lanes.get(path);
    if (lane === undefined) return this.#start(path, work);
    if (lane.next !== undefined) {
      lane.next.work = work;
      return lane.next.done;
    }
    const done: Promise<void> = lane.running.then(ignore, ignore).then(() => this.#start(path, next.work));
    const next = { work, done };
    lane.next = next;
    return next.done;
  }

  #start(path: string, work: () => Promise<void>): Promise<void> {
    const lane: Lane = { running: work(), next: undefined };
    this.#lanes.set(path, lane);
    const end = (): void => {
      if (this.#lanes.get(path) === lane && lane.next === undefined) this.#lanes.delete(path);
    };
    lane.running.then(end, end);
    return lane.running;
  }
}

/** Whoever asked for the work before learns of its outcome. */
const ignore = (): undefined => undefined;
