import type { Address } from './wire/address.ts';
import type { Versions } from './wire/swim-messages.ts';

/** A member's status as Serf names it: `left` is gone on purpose, `failed` stopped answering. Source: serf MemberStatus. */
export type MemberStatus = 'alive' | 'leaving' | 'left' | 'failed';

/** A member as this one sees it now. An immutable value: it does not change when the pool does. */
export interface Member {
  /** Its identity in the pool; case-sensitive. */
  readonly name: string;
  /** The address that it announces. */
  readonly address: Address;
  /** Its tags, as it announces them. */
  readonly tags: Readonly<Record<string, string>>;
  readonly status: MemberStatus;
  /** The protocol versions of memberlist (`protocol`) and Serf (`delegate`) that it announces; 0 when it announces none. */
  readonly versions: Versions;
}

/**
 * Freezes a member with everything it holds. Callers receive the very objects that this package works with, so they
 * must not be able to change them.
 */
export function frozenMember(member: Member): Member {
  Object.freeze(member.address);
  Object.freeze(member.tags);
  Object.freeze(member.versions);
  return Object.freeze(member);
}
