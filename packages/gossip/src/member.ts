import type { Address } from './wire/address.ts';
import type { Versions } from './wire/swim-messages.ts';

/** A member's status as Serf names it. `left` went of its own will or was told to; `failed` fell silent. */
export type MemberStatus = 'alive' | 'leaving' | 'left' | 'failed';

/** One member as this node sees it now. A value, frozen with all it holds: it does not change when the pool does. */
export interface Member {
  /** The identity; case-sensitive. */
  readonly name: string;
  /** Where it says it listens. */
  readonly address: Address;
  /** What it tells of itself by name. */
  readonly tags: Readonly<Record<string, string>>;
  readonly status: MemberStatus;
  /** memberlist and Serf protocol versions the member announces; all zero when it announced none. */
  readonly versions: Versions;
}

/**
 * The same object, frozen with all it holds. Members are frozen once, where their record is made: callers get the very
 * objects that this node works with, and none of them may change what it believes.
 */
export function frozenMember(member: Member): Member {
  Object.freeze(member.address);
  Object.freeze(member.tags);
  Object.freeze(member.versions);
  return Object.freeze(member);
}
