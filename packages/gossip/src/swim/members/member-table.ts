import { randomBelow, shuffle } from '../../collections/random-choice.ts';
import type { Rng } from '../../ports.ts';
import type { Address } from '../../wire/address.ts';
import type { NodeStateName, Versions } from '../../wire/swim-messages.ts';
import type { Suspicion } from '../suspicion/suspicion.ts';
import type { SwimMemberView } from '../types.ts';

declare const compact: unique symbol;

/**
 * Bytes of a member for as long as the member is known: a text with one character for each byte. A typed array takes
 * some 300 bytes more than its contents, which in a large pool would be half of all memory.
 */
export type CompactBytes = string & { readonly [compact]: true };

export function compactBytes(bytes: Uint8Array): CompactBytes {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1') as CompactBytes;
}

/** The same bytes in a new array. */
export function bytesOf(text: CompactBytes): Uint8Array {
  return Buffer.from(text, 'latin1');
}

/** Whether the two hold the same bytes. */
export function sameBytes(bytes: Uint8Array, text: CompactBytes): boolean {
  if (bytes.length !== text.length) return false;
  for (let i = 0; i < bytes.length; i += 1) if (bytes[i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Six times the largest pools known. More names at once are a flood, and would only cost memory. */
const membersMax = 65_536;

/** One row of the table. Only the files of this folder change it. */
export interface SwimMember {
  readonly name: string;
  /** The address bytes exactly as announced; they are gossiped on unchanged. */
  addr: CompactBytes;
  address: Address;
  meta: CompactBytes;
  versions: Versions;
  state: NodeStateName;
  incarnation: number;
  stateChangedAtMs: number;
  suspicion: Suspicion | undefined;
  /** A stream ping by its name was refused or closed, and it has answered no ping since. */
  isDenied: boolean;
  /** When an outdated claim about it was last corrected; undefined when none was. */
  correctedAtMs: number | undefined;
}

/** A copy that stays as it is when the row changes. `meta` saves decoding it where the caller has the bytes. */
export function viewOf(member: SwimMember, meta: Uint8Array = bytesOf(member.meta)): SwimMemberView {
  const { name, address, versions, state, incarnation } = member;
  return { name, address, meta, versions, state, incarnation };
}

/** Whether the member is alive or suspect. */
export function isUp(member: SwimMember): boolean {
  return member.state === 'alive' || member.state === 'suspect';
}

/**
 * Members by name, and the order in which they are probed: a newcomer is put at a random place, and
 * the whole order is shuffled after every round, so that each member is probed once a round and the
 * worst-case detection time is bounded. Source: SWIM §4.3; memberlist state.go.
 */
export class MemberTable {
  readonly #byName = new Map<string, SwimMember>();
  readonly #rng: Rng;
  #order: SwimMember[] = [];
  #nextProbe = 0;

  constructor(rng: Rng) {
    this.#rng = rng;
  }

  /** Members of every state, ourselves included: the N of all the protocol's formulas. */
  get size(): number {
    return this.#order.length;
  }

  get all(): readonly SwimMember[] {
    return this.#order;
  }

  get(name: string): SwimMember | undefined {
    return this.#byName.get(name);
  }

  get isFull(): boolean {
    return this.#order.length >= membersMax;
  }

  add(member: SwimMember): void {
    this.#byName.set(member.name, member);
    const at = randomBelow(this.#rng, this.#order.length + 1);
    this.#order.push(member);
    const displaced = this.#order[at] as SwimMember;
    this.#order[at] = member;
    this.#order[this.#order.length - 1] = displaced;
  }

  /**
   * The next member to probe, by `eligible`. At the end of the order, members for which `forget` holds
   * are removed and the rest is shuffled. Undefined when no member is eligible.
   */
  nextToProbe(
    eligible: (member: SwimMember) => boolean,
    forget: (member: SwimMember) => boolean,
  ): SwimMember | undefined {
    for (let visited = 0; visited <= this.#order.length; visited += 1) {
      if (this.#nextProbe >= this.#order.length) this.#startRound(forget);
      const member = this.#order[this.#nextProbe];
      this.#nextProbe += 1;
      if (member !== undefined && eligible(member)) return member;
    }
    return undefined;
  }

  #startRound(forget: (member: SwimMember) => boolean): void {
    this.#nextProbe = 0;
    this.#order = this.#order.filter((member) => {
      if (!forget(member)) return true;
      this.#byName.delete(member.name);
      return false;
    });
    shuffle(this.#order, this.#rng);
  }
}
