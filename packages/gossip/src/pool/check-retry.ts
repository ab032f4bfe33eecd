import { GossipTypeError } from '../errors.ts';
import { nearestName } from '../nearest-name.ts';
import { type RetryOptions, retryDefaults } from '../retry.ts';

const known = Object.keys(retryDefaults);
/** A week: whoever waits longer than that between two attempts has mistaken the unit. */
const delayMsMax = 7 * 24 * 60 * 60 * 1000;

/**
 * Refuses, before anything is sent, what would never retry or retry without a pause.
 * @throws GossipTypeError GOSSIP_ARGUMENT naming every problem.
 */
export function requireRetry(retry: RetryOptions): void {
  const problems = problemsOf(retry);
  if (problems.length > 0) throw new GossipTypeError('GOSSIP_ARGUMENT', problems.join('; '), { problems });
}

function problemsOf(retry: RetryOptions): readonly string[] {
  if (typeof retry !== 'object' || retry === null || Array.isArray(retry)) {
    return [`retry is ${describe(retry)}; allowed: an object with any of ${known.join(', ')}`];
  }
  const unknown = Object.keys(retry).filter((key) => !known.includes(key));
  const problems = unknown.map((key) => {
    const nearest = nearestName(key, known);
    const advice = nearest === undefined ? `allowed: ${known.join(', ')}` : `did you mean ${nearest}?`;
    return `retry.${key} is not an option; ${advice}`;
  });
  const { maxAttempts = retryDefaults.maxAttempts } = retry;
  const { minDelayMs = retryDefaults.minDelayMs, maxDelayMs = retryDefaults.maxDelayMs } = retry;
  if (maxAttempts !== Number.POSITIVE_INFINITY && !(Number.isInteger(maxAttempts) && maxAttempts >= 1)) {
    problems.push(
      `retry.maxAttempts is ${describe(maxAttempts)}; allowed: a whole number from 1, or Infinity`,
    );
  }
  for (const [key, value] of Object.entries({ minDelayMs, maxDelayMs })) {
    if (typeof value === 'number' && value >= 1 && value <= delayMsMax) continue;
    problems.push(`retry.${key} is ${describe(value)}; allowed: 1 to ${delayMsMax} milliseconds`);
  }
  return problems;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
