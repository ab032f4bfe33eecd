import { Readable } from 'node:stream';
import { AgentClientError } from './client-error.ts';

/** Arguments whose misuse no answer of an agent shows: what JavaScript, or an empty variable, would turn into another request. */

/** @throws AgentClientError CLIENT_ARGUMENT */
export function checkText(what: string, value: string): void {
  if (typeof value !== 'string') refuse(`${what} must be a string, not ${kindOf(value)}`);
}

/**
 * Parameters that change what a write does: empty ones would be left out of the request, and the write done without them.
 * @throws AgentClientError CLIENT_ARGUMENT
 */
export function checkNotEmpty(options: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue;
    checkText(name, value);
    if (value === '') refuse(`${name} must not be empty: leave it out to write without it`);
  }
}

/** The bytes of a value. @throws AgentClientError CLIENT_ARGUMENT */
export function bytesOfValue(value: string | Uint8Array): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value);
  if (value instanceof Uint8Array) return value;
  return refuse(`value must be a string or a Uint8Array, not ${kindOf(value)}`);
}

/** A part of a stream that is sent. @throws AgentClientError CLIENT_ARGUMENT */
export function chunkOf(chunk: unknown): Uint8Array | string {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return chunk;
  return refuse(`a stream must have bytes or strings, not ${kindOf(chunk)}`);
}

/** An archive as a stream. @throws AgentClientError CLIENT_ARGUMENT */
export function archiveStream(archive: Readable | Uint8Array): Readable {
  if (archive instanceof Uint8Array) return Readable.from([archive]);
  if (archive instanceof Readable) return archive;
  return refuse(`archive must be a Readable or a Uint8Array, not ${kindOf(archive)}`);
}

/** What a lock and a semaphore are made of. @throws AgentClientError CLIENT_ARGUMENT */
export function checkHolding(
  what: 'key' | 'prefix',
  key: string,
  { session, value }: { readonly session?: string; readonly value?: string | Uint8Array },
): void {
  checkText(what, key);
  if (key === '') refuse(`${what} must not be empty`);
  if (value !== undefined) bytesOfValue(value);
  if (session === undefined) return;
  checkText('session', session);
  if (session === '') refuse('session must not be empty: leave it out for one of its own');
}

/** How many may hold a semaphore. @throws AgentClientError CLIENT_ARGUMENT */
export function checkLimit(limit: number): void {
  if (Number.isSafeInteger(limit) && limit > 0) return;
  refuse(`limit must be a positive integer, not ${typeof limit === 'number' ? limit : kindOf(limit)}`);
}

/**
 * An operation of a transaction: an agent passes over one that has none of these, and says that all was done.
 * @throws AgentClientError CLIENT_ARGUMENT
 */
export function checkOperation(operation: object): void {
  const entries = typeof operation === 'object' && operation !== null ? Object.entries(operation) : [];
  const parts = entries.filter(([name]) => /^(kv|node|service|check)$/i.test(name));
  const isWhole = parts.length === 1 && parts.every(([, part]) => typeof part === 'object' && part !== null);
  if (!isWhole) refuse('an operation must have one of kv, Node, Service and Check');
}

/** Never the value itself: it may be a secret. */
function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}

function refuse(text: string): never {
  throw new AgentClientError('CLIENT_ARGUMENT', text, { method: '', url: '' });
}
