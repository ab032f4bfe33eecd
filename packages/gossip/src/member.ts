import type { Address } from './wire/address.ts';
import type { Versions } from './wire/swim-messages.ts';

/** A member's status as Serf names it. `left` went of its own will or was told to; `failed` fell silent. */
export type MemberStatus = 'alive' | 'leaving' | 'left' | 'failed';

/** One member as this node sees it now. A value: it does not change when the pool does. */
export interface Member {
  /** The identity; case-sensitive. */
  readonly name: string;
  readonly address: Address;
  readonly tags: Readonly<Record<string, string>>;
  readonly status: MemberStatus;
  /** memberlist and Serf protocol versions the member announces; all zero when it announced none. */
  readonly versions: Versions;
}
