/**
 * - `CLIENT_LOCK_CONFLICT`: the key is not what locks of this kind use: it has other flags, or a semaphore another limit.
 * - `CLIENT_LOCK_IN_USE`: it is held, or was taken meanwhile, and so is not removed.
 * - `CLIENT_LOCK_NOT_HELD`: it could not be taken.
 * - `CLIENT_LOCK_LOST`: it was held and is not, or may not be, any more; `cause` has the error when the agent cannot be asked.
 * - `CLIENT_LOCK_RELEASED`: its holder has released it.
 */
export type LockErrorCode =
  | 'CLIENT_LOCK_CONFLICT'
  | 'CLIENT_LOCK_IN_USE'
  | 'CLIENT_LOCK_NOT_HELD'
  | 'CLIENT_LOCK_LOST'
  | 'CLIENT_LOCK_RELEASED';

/** A lock or a semaphore that cannot be used like that, or is not held any more. Messages that Consul's Go client has too are the same. */
export class LockError extends Error {
  override readonly name = 'LockError';
  readonly code: LockErrorCode;

  constructor(code: LockErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
