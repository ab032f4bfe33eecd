/**
 * The clock, waits, retries and logger that a gossip runs with, for programs that run beside it or replace one of its
 * ports.
 */
export { type RetryNotice, type RetryOptions, type RetryParts, retrying, retryLog } from './retry.ts';
export { silentLogger, systemClock } from './system-ports.ts';
export { orAborted, pause, withFirstOf } from './waits.ts';
