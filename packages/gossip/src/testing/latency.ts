import type { Rng } from '../ports.ts';
import type { Rule } from './fault-rules.ts';

/** Draws one delay in milliseconds, at least 0. */
export type LatencyDistribution = (rng: Rng) => number;

/** Delays every transfer by a time drawn for it. Datagrams may overtake each other. */
export function latency(draw: LatencyDistribution): Rule {
  return (_transfer, rng) => ({ type: 'deliver-after', delayMs: Math.max(0, draw(rng)) });
}

/** The exponential distribution, as behind a queue with independent senders. @throws RangeError for a negative mean. */
export function exponentialMs({ meanMs }: { readonly meanMs: number }): LatencyDistribution {
  if (!(meanMs >= 0)) throw new RangeError(`no delay has a mean of ${meanMs} ms`);
  return (rng) => -meanMs * Math.log(1 - rng.next());
}

/** The normal distribution, cut off at 0. @throws RangeError for negative values. */
export function normalMs({
  meanMs,
  deviationMs,
}: {
  readonly meanMs: number;
  readonly deviationMs: number;
}): LatencyDistribution {
  if (!(meanMs >= 0 && deviationMs >= 0)) throw new RangeError(`no delay is ${meanMs} ± ${deviationMs} ms`);
  return (rng) => Math.max(0, meanMs + deviationMs * standardNormal(rng));
}

/** The 99th percentile of the standard normal distribution. */
const normalP99 = 2.326_347_874;

/**
 * The log-normal distribution, which resembles measured latencies: half of all delays are below the median, one of a hundred
 * is above the 99th percentile, and a few are far above. @throws RangeError unless 0 < medianMs <= p99Ms.
 */
export function logNormalMs({
  medianMs,
  p99Ms,
}: {
  readonly medianMs: number;
  readonly p99Ms: number;
}): LatencyDistribution {
  if (!(medianMs > 0 && p99Ms >= medianMs))
    throw new RangeError(`no median of ${medianMs} has a p99 of ${p99Ms} ms`);
  const sigma = Math.log(p99Ms / medianMs) / normalP99;
  return (rng) => medianMs * Math.exp(sigma * standardNormal(rng));
}

/** Box and Muller, 1958. */
function standardNormal(rng: Rng): number {
  const radius = Math.sqrt(-2 * Math.log(1 - rng.next()));
  return radius * Math.cos(2 * Math.PI * rng.next());
}
