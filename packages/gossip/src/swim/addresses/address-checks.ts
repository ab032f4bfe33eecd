import type { StreamId } from '../../ids.ts';
import type { Address } from '../../wire/address.ts';
import type { Announcement } from '../members/announcement.ts';
import type { StreamFailure } from '../types.ts';

/** Names under check or contested, at once; a flood of conflicts causes no more checks. */
const checksMax = 256;

/** A ping by name to one address, over both transports, and how it was answered so far. */
export interface AddressPing {
  readonly seq: number;
  readonly streamId: StreamId;
  answer: 'none' | 'acked' | 'denied';
}

/** A name that two addresses claim. */
export interface AddressCheck {
  readonly name: string;
  readonly existing: Address;
  /** What the second address announces. */
  readonly claim: Announcement;
  /** To the address that would lose the name. */
  readonly oldPing: AddressPing;
  /** To the address that would get the name; undefined when that is this member's own. */
  readonly newPing: AddressPing | undefined;
}

/**
 * Whether the address itself refused: no process listens there, or one of another name does.
 * memberlist closes a stream whose ping names another member. Source: memberlist net.go handleConn.
 */
export function isDenial({ code }: StreamFailure): boolean {
  return code === 'SEED_REFUSED' || code === 'SEED_CLOSED';
}

/**
 * Decides which address owns a name that two addresses announce. A ping by the name goes to the old address, over UDP
 * and over a stream. The process of that name answers both; any other refuses or closes the stream. Only such a denial,
 * with no ack over UDP and an ack from the new address, moves the name. Silence alone proves nothing, because a
 * partition causes it too. So a forged message cannot take the name of a live member.
 */
export class AddressChecks {
  readonly #underWay = new Map<string, AddressCheck>();
  /** Names whose check left them where they were. */
  readonly #contested = new Set<string>();

  /** Whether a check of this name may begin, is under way, or must wait: one has just ended, or there are too many. */
  stateOf(name: string): 'free' | 'under-way' | 'contested' {
    if (this.#underWay.has(name)) return 'under-way';
    const count = this.#underWay.size + this.#contested.size;
    return this.#contested.has(name) || count >= checksMax ? 'contested' : 'free';
  }

  begin(check: AddressCheck): void {
    this.#underWay.set(check.name, check);
  }

  /** Takes an ack over UDP. Returns the check that it ends: the old address still has the name. */
  acked(seq: number): AddressCheck | undefined {
    return this.#answered((ping) => ping.seq === seq, 'acked');
  }

  /** Takes the end of a stream ping. Returns the check that it ends. */
  streamEnded(streamId: StreamId, answer: 'acked' | 'denied'): AddressCheck | undefined {
    return this.#answered((ping) => ping.streamId === streamId, answer);
  }

  /** The time for answers is over, or for a contested name to rest. Returns the check that ends, and whether the name moves. */
  timedOut(name: string): { readonly check: AddressCheck; readonly isMoved: boolean } | undefined {
    const check = this.#underWay.get(name);
    this.#contested.delete(name);
    if (check === undefined) return undefined;
    const isMoved = check.oldPing.answer === 'denied' && (check.newPing?.answer ?? 'acked') === 'acked';
    this.#end(check, isMoved);
    return { check, isMoved };
  }

  #answered(
    isAnswered: (ping: AddressPing) => boolean,
    answer: 'acked' | 'denied',
  ): AddressCheck | undefined {
    for (const check of this.#underWay.values()) {
      for (const ping of [check.oldPing, check.newPing]) {
        // An ack outweighs a denial: a stream may be refused where datagrams pass.
        if (ping !== undefined && isAnswered(ping) && ping.answer !== 'acked') ping.answer = answer;
      }
      if (check.oldPing.answer === 'acked') return this.#end(check, false);
    }
    return undefined;
  }

  #end(check: AddressCheck, isMoved: boolean): AddressCheck {
    this.#underWay.delete(check.name);
    if (!isMoved) this.#contested.add(check.name);
    return check;
  }
}
