import type { GossipEventOf, GossipEventType, Member } from '@hobnob/gossip';

/** The members that this agent knows, as the rules of admission see them. */
export interface KnownMembers {
  has(name: string): boolean;
  /** The members that announce this node id, in any case of its letters. */
  withId(id: string): Iterable<Member>;
}

/** The part of a gossip that `MembersById` reads. */
export interface MemberSource {
  members(): readonly Member[];
  member(name: string): Member | undefined;
  on<T extends GossipEventType>(type: T, listener: (event: GossipEventOf<T>) => void): () => void;
}

/**
 * The members of a pool by node id. Admission compares the id of every announced member, and a search through the
 * whole pool for each would block the agent of a large pool for seconds. Only names are kept here; the gossip has
 * the members.
 */
export class MembersById implements KnownMembers {
  readonly #source: MemberSource;
  readonly #namesById = new Map<string, Set<string>>();
  readonly #idByName = new Map<string, string>();

  constructor(source: MemberSource) {
    this.#source = source;
    for (const member of source.members()) this.#set(member);
    for (const type of ['member-join', 'member-update'] as const) {
      source.on(type, ({ members }) => {
        for (const member of members) this.#set(member);
      });
    }
    source.on('member-reap', ({ members }) => {
      for (const { name } of members) this.#delete(name);
    });
  }

  has(name: string): boolean {
    return this.#idByName.has(name) || this.#source.member(name) !== undefined;
  }

  *withId(id: string): Iterable<Member> {
    for (const name of this.#namesById.get(id.toLowerCase()) ?? []) {
      const member = this.#source.member(name);
      if (member !== undefined) yield member;
    }
  }

  #set({ name, tags }: Member): void {
    const id = (tags['id'] ?? '').toLowerCase();
    if (this.#idByName.get(name) === id) return;
    this.#delete(name);
    if (id === '') return;
    this.#idByName.set(name, id);
    const names = this.#namesById.get(id) ?? new Set();
    this.#namesById.set(id, names.add(name));
  }

  #delete(name: string): void {
    const id = this.#idByName.get(name);
    if (id === undefined) return;
    this.#idByName.delete(name);
    const names = this.#namesById.get(id);
    names?.delete(name);
    if (names?.size === 0) this.#namesById.delete(id);
  }
}
