import { AgentClientError, describeApiError, describeKvReadError, LockError } from '@hobnob/agent/client';

/** Why a lock failed, as Consul's Go client says it: the step, then the reason. Rethrows other errors. */
export function describeLockError(error: unknown): string {
  if (error instanceof LockError) return error.message;
  if (!(error instanceof AgentClientError)) throw error;
  const { method, url } = error;
  const path = new URL(url.replace(/^unix:\/\/.*?\/v1\//, 'http://socket/v1/'));
  const reason = method === 'GET' ? describeKvReadError(error) : describeApiError(error);
  return `failed to ${stepOf(method, path)}: ${reason}`;
}

function stepOf(method: string, { pathname, searchParams: query }: URL): string {
  if (pathname.startsWith('/v1/session/')) return 'create session';
  if (method === 'GET') return query.has('recurse') ? 'read prefix' : 'read lock';
  if (method === 'DELETE') return pathname.endsWith('/.lock') ? 'remove lock' : 'remove contender entry';
  if (query.has('release')) return 'release lock';
  if (!query.has('acquire')) return 'update lock';
  return pathname.endsWith('/.lock') ? 'acquire lock' : 'make contender entry';
}
