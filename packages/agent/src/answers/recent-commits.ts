import { concernsAny, type Topic } from '@hobnob/catalog';

/** Commits before these are forgotten; an answer that takes longer to be made is not kept. */
const commitsMax = 1024;

/** A commit that changed more counts as one that changed everything: an answer that it overtakes is rarely worth the search. */
const topicsMax = 1024;
/** So does one whose topics are longer together: they have the names of keys, which may be half a megabyte each. */
const lettersMax = 32 * 1024;

/** What the last commits changed: whether an answer is still right when it has been made. */
export class RecentCommits {
  readonly #topics: (ReadonlySet<Topic> | undefined)[] = [];
  /** The number of the last commit. */
  #last = 0;

  /** Takes a commit; without topics it changed everything. Commits are numbered one by one. */
  add(topics: ReadonlySet<Topic> | undefined, commit: number): void {
    this.#last = commit;
    this.#topics[commit % commitsMax] = topics !== undefined && isShort(topics) ? topics : undefined;
  }

  /** Whether no commit after number `asOf` has changed one of `topics`. False when that is forgotten. */
  areUnchanged(topics: readonly Topic[], asOf: number): boolean {
    if (this.#last - asOf >= commitsMax) return false;
    for (let commit = asOf + 1; commit <= this.#last; commit += 1) {
      const changed = this.#topics[commit % commitsMax];
      if (changed === undefined || concernsAny(changed, topics)) return false;
    }
    return true;
  }
}

function isShort(topics: ReadonlySet<Topic>): boolean {
  if (topics.size > topicsMax) return false;
  let letters = 0;
  for (const { length } of topics) letters += length;
  return letters <= lettersMax;
}
