import { getSystemErrorMap } from 'node:util';
import { systemCode } from './bind-error.ts';

/** What the resolver's codes mean; it has no texts of its own, and Node's messages repeat the host. */
const resolverReasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'no such host',
  ENODATA: 'the name has no address',
  EAI_AGAIN: 'the resolver does not answer',
  EAI_FAIL: 'the resolver failed',
};

/**
 * Why something on the network failed, without the address: a message of Node's, `connect ECONNREFUSED
 * 127.0.0.1:1`, repeats what the sentence around it says already. `cause` is kept by the caller.
 */
export function reasonText(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const code = systemCode(cause);
  // A deadline of ours has this code too, and its text says how long we waited.
  if (code === undefined || (code === 'ETIMEDOUT' && !('errno' in cause))) return cause.message;
  return resolverReasons[code] ?? systemReason(code) ?? cause.message;
}

function systemReason(code: string): string | undefined {
  for (const [name, text] of getSystemErrorMap().values()) if (name === code) return text;
  return undefined;
}
