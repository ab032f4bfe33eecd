/**
 * The clock, waits, retries and logger that a gossip runs with. Shared by the packages of this project, so that all of
 * them keep time in the same way; no promise is made to others.
 */
export { type RetryNotice, type RetryOptions, type RetryParts, retrying, retryLog } from './retry.ts';
export { silentLogger, systemClock } from './system-ports.ts';
export { orAborted, pause, withFirstOf } from './waits.ts';
