import { newTree, type Tree } from './ordered-map.ts';

/** How many times the instances of a service have each tag. A changed one shares with the old what stays the same. */
export class TagCounts {
  readonly #tree: Tree<number>;
  #tags: readonly string[] | undefined;

  constructor(tree: Tree<number> = newTree(), tags?: readonly string[]) {
    this.#tree = tree;
    this.#tags = tags;
  }

  /** In order. Listed when they are asked for, since instances change more often than questions are asked. */
  get tags(): readonly string[] {
    this.#tags ??= this.#tree.keysArray();
    return this.#tags;
  }

  /** The counts with `change` more of each of these tags. */
  with(tags: readonly string[], change: 1 | -1): TagCounts {
    if (tags.length === 0) return this;
    const tree = this.#tree.clone();
    const sizeBefore = tree.size;
    let isSame = true;
    for (const tag of tags) {
      const count = (tree.get(tag) ?? 0) + change;
      if (count === 0) tree.delete(tag);
      else tree.set(tag, count);
      isSame &&= tree.size === sizeBefore;
    }
    return new TagCounts(tree, isSame ? this.#tags : undefined);
  }
}
