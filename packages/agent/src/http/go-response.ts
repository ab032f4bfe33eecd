import type { OutgoingHttpHeaders } from 'node:http';
import { OneWriteResponse } from './one-write-response.ts';

/**
 * A response whose header names have Go's letter case, `X-Consul-Lastcontact`, as Consul sends them. fastify makes
 * names lower case, and some clients compare them as bytes. Source: Go net/textproto CanonicalMIMEHeaderKey.
 */
export class GoResponse extends OneWriteResponse {
  /** What is sent in pieces has its headers set one by one. */
  override setHeader(name: string, value: number | string | readonly string[]): this {
    return super.setHeader(canonicalName(name), value);
  }

  override writeHead(
    status: number,
    reason?: string | OutgoingHttpHeaders | readonly unknown[],
    headers?: OutgoingHttpHeaders | readonly unknown[],
  ): this {
    const given = typeof reason === 'string' ? headers : (reason ?? headers);
    const named = isHeaders(given) ? canonical(given) : given;
    // The overloads of Node allow what its single implementation takes.
    const write = super.writeHead as (status: number, ...rest: readonly unknown[]) => this;
    return typeof reason === 'string'
      ? write.call(this, status, reason, named)
      : write.call(this, status, named);
  }
}

function isHeaders(given: unknown): given is OutgoingHttpHeaders {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function canonical(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const named: OutgoingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) named[canonicalName(name)] = value;
  return named;
}

/** Names that operators configure count too, so the number of names is small and their cost is paid once. */
const names = new Map<string, string>();

export function canonicalName(name: string): string {
  let found = names.get(name);
  if (found === undefined) {
    found = name.toLowerCase().replace(/(^|-)([a-z])/g, (letters) => letters.toUpperCase());
    names.set(name, found);
  }
  return found;
}
