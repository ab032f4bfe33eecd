import { parseGoDuration } from '../config/go-duration.ts';

/** What the target of a blocking query says. */
export interface WaitTarget {
  /** The target without its wait: that of the same read at once. */
  readonly target: string;
  readonly index: number;
  /** 0 for the default. */
  readonly waitMs: number;
}

/** Names in other forms, and words that change how a read waits, are left to the route. */
const readable = /^[A-Za-z-]*$/;
const leftToRoute: ReadonlySet<string> = new Set(['cached', 'consistent']);

/**
 * A blocking query that is written plainly, as clients do; undefined for a read that does not wait, or whose wait is
 * to be read by its route.
 */
export function waitTargetOf(url: string): WaitTarget | undefined {
  const at = url.indexOf('?');
  if (at < 0 || !url.includes('index=', at)) return undefined;
  let index: string | undefined;
  let wait: string | undefined;
  const others: string[] = [];
  for (const parameter of url.slice(at + 1).split('&')) {
    const equals = parameter.indexOf('=');
    const name = equals < 0 ? parameter : parameter.slice(0, equals);
    if (!readable.test(name) || leftToRoute.has(name)) return undefined;
    const value = equals < 0 ? '' : parameter.slice(equals + 1);
    if (name === 'index') {
      if (index !== undefined) return undefined;
      index = value;
    } else if (name === 'wait') {
      if (wait !== undefined) return undefined;
      wait = value;
    } else others.push(parameter);
  }
  if (index === undefined || !/^[1-9]\d{0,14}$/.test(index)) return undefined;
  const waitMs = wait === undefined || wait === '' ? 0 : parseGoDuration(wait);
  if (waitMs === undefined) return undefined;
  const path = url.slice(0, at);
  const target = others.length === 0 ? path : `${path}?${others.join('&')}`;
  return { target, index: Number(index), waitMs };
}
