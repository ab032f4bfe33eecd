import type { Rng } from '../ports.ts';

/** How long a blocking query waits. Source: consensus-and-rpc.md 4.1. */

const defaultWaitMs = 300_000;
const waitMsMax = 600_000;
/** Up to one part in so many is added, so that queries which began together do not end together. */
const jitterDivisor = 16;

/** `askedMs` of 0 or less means the default. */
export function waitTimeMs(askedMs: number, rng: Rng): number {
  const boundedMs = askedMs > 0 ? Math.min(askedMs, waitMsMax) : defaultWaitMs;
  return boundedMs + rng.next() * (boundedMs / jitterDivisor);
}
