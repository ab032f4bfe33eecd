import type { Authority } from '@hobnob/catalog';

/** The parameters that say how long to wait for an answer, and not which one. */
const waitParameters: ReadonlySet<string> = new Set(['index', 'wait']);

/**
 * The target of a request that waits without what says how long: the target under which the same answer is asked for
 * at once. A target that writes a name with percent signs could mean either, and stays one of its own, which no
 * request that does not wait has.
 */
export function targetWithoutWait(target: string): string {
  const at = target.indexOf('?');
  if (at < 0) return target;
  const parameters = target.slice(at + 1).split('&');
  const names = parameters.map((parameter) => parameter.split('=', 1)[0] ?? '');
  if (names.some((name) => /[%+]/.test(name))) return `waits ${target}`;
  const others = parameters.filter((_, position) => !waitParameters.has(names[position] ?? ''));
  const path = target.slice(0, at);
  return others.length === 0 ? path : `${path}?${others.join('&')}`;
}

/** What answers are kept by: who may see the same is part of it. A target tells all the rest. */
export function keyOf(target: string, authority: Authority): string {
  return authority.key === '' ? target : `${authority.key}\n${target}`;
}
