import { ConfigFormatError } from './load-config.ts';

/**
 * The sentence of an error that the operator can do something about. Rethrows everything else: a bug must
 * not look like a wrong setting. The agent's errors are known by their code, because its package is loaded late.
 */
export function operatingMessage(error: unknown): string {
  if (error instanceof ConfigFormatError) return error.message;
  if (error instanceof Error && 'code' in error && /^AGENT_/.test(String(error.code))) return error.message;
  throw error;
}
