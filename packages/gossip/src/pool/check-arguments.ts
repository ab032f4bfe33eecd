import type { QueryOptions } from '../query.ts';

/**
 * What TypeScript cannot check for callers without it. A number or an expression where text belongs would travel to
 * peers that cannot read it, or end the process when it comes back; text instead of bytes would become nothing.
 */

/** @throws TypeError for anything but text. */
export function requireText(what: string, value: unknown): void {
  if (typeof value !== 'string') throw new TypeError(`${what} has to be text, not ${kindOf(value)}`);
}

/** @throws TypeError for anything but bytes. */
export function requireBytes(what: string, value: unknown): void {
  if (!(value instanceof Uint8Array)) throw new TypeError(`${what} has to be bytes, not ${kindOf(value)}`);
}

/** @throws TypeError when what chooses the members that are asked is no text. */
export function requireFilters({ nodes, tags = {} }: Pick<QueryOptions, 'nodes' | 'tags'>): void {
  if (nodes !== undefined && !Array.isArray(nodes)) {
    throw new TypeError(`nodes has to be a list, not ${kindOf(nodes)}`);
  }
  for (const [i, name] of (nodes ?? []).entries()) requireText(`nodes[${i}]`, name);
  for (const [tag, expression] of Object.entries(tags))
    requireText(`the expression for "${tag}"`, expression);
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? (value.constructor?.name ?? 'an object') : `a ${typeof value}`;
}
