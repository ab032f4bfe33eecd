import { createHash } from 'node:crypto';
import type { CacheControl } from './cache-control.ts';

/** The headers of an answer that the agent had, with its age. Names and values in turn. */
export function hit(ageSeconds: number): readonly string[] {
  return ['X-Cache', 'HIT', 'Age', String(ageSeconds)];
}

export const miss: readonly string[] = ['X-Cache', 'MISS'];

/** Questions are forgotten beyond this number. */
const questionsMax = 10_000;
/** What does not tell questions of `?cached` apart. Source: Consul agent/structs, CacheInfo. */
const notAsked: ReadonlySet<string> = new Set([
  'MinQueryIndex',
  'MaxQueryTime',
  'AllowStale',
  'RequireConsistent',
  'Source',
]);

/**
 * Which questions came with `?cached` before. Consul's agent keeps their answers and brings them up to date by itself,
 * so that a repeated question is a hit of age 0; ours are of the catalog's state at no greater age.
 */
export class CachedReads {
  readonly #askedMs = new Map<string, number>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  isKnown(method: string, request: object): boolean {
    return this.#askedMs.has(questionOf(method, request));
  }

  add(method: string, request: object): void {
    this.#set(questionOf(method, request));
  }

  /** The headers of an answer that Consul brings up to date only when it is asked to: by its age, or in any case. */
  headersOf(
    method: string,
    request: object,
    { maxAgeSeconds, mustRevalidate }: CacheControl,
  ): readonly string[] {
    const question = questionOf(method, request);
    const askedMs = this.#askedMs.get(question);
    const ageSeconds = askedMs === undefined ? 0 : (this.#nowMs() - askedMs) / 1000;
    const isTooOld = mustRevalidate || (maxAgeSeconds > 0 && ageSeconds > maxAgeSeconds);
    if (askedMs !== undefined && !isTooOld) return hit(Math.trunc(ageSeconds));
    this.#set(question);
    return miss;
  }

  #set(question: string): void {
    if (this.#askedMs.size >= questionsMax) this.#askedMs.clear();
    this.#askedMs.set(question, this.#nowMs());
  }
}

/** A digest, since a question may be as long as a request's head. */
function questionOf(method: string, request: object): string {
  const asked = Object.entries(request).filter(([name]) => !notAsked.has(name));
  return createHash('sha256')
    .update(`${method} ${JSON.stringify(asked)}`)
    .digest('base64');
}
