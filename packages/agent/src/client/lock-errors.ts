/**
 * - `LOCK_CONFLICT`: the key is not what locks of this kind use: it has other flags, or a semaphore another limit.
 * - `LOCK_IN_USE`: it is held, or was taken meanwhile, and so is not removed.
 * - `LOCK_HELD`: this object holds it already.
 * - `LOCK_NOT_HELD`: this object does not hold it any more.
 */
export type LockErrorCode = 'LOCK_CONFLICT' | 'LOCK_IN_USE' | 'LOCK_HELD' | 'LOCK_NOT_HELD';

/** A lock or a semaphore that cannot be used like that. The messages are those of Consul's Go client. */
export class LockError extends Error {
  override readonly name = 'LockError';
  readonly code: LockErrorCode;

  constructor(code: LockErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
