/** Files that a process owns: reading, replacing and locking them. Knows no protocol. */

export { errorCode, hasCode, messageOf, systemErrorText } from './error-code.ts';
export { acquireLock, type FileLock, LockError, type LockErrorCode, type LockHolder } from './lock-file.ts';
export { makeDirectory } from './paths.ts';
export { readRegularFile, writeRegularFile } from './regular-file.ts';
export { replaceFile } from './replace-file.ts';
