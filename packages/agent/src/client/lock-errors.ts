/**
 * - `CLIENT_LOCK_CONFLICT`: the key is not what locks of this kind use: it has other flags, or a semaphore another limit.
 * - `CLIENT_LOCK_IN_USE`: it is held, or was taken meanwhile, and so is not removed.
 * - `CLIENT_LOCK_NOT_HELD`: it could not be taken.
 */
export type LockErrorCode = 'CLIENT_LOCK_CONFLICT' | 'CLIENT_LOCK_IN_USE' | 'CLIENT_LOCK_NOT_HELD';

/** A lock or a semaphore that cannot be used like that. The messages are those of Consul's Go client. */
export class LockError extends Error {
  override readonly name = 'LockError';
  readonly code: LockErrorCode;

  constructor(code: LockErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
