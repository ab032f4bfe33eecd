import type { AgentOptions } from '../options.ts';

/**
 * The options of configuration files below those of the command line, as Consul layers them: single values
 * of the command line win, its lists come first and the files' are appended, maps are merged key by key. `pieces` are what the
 * command line says in HCL: their single values win over everything, and their lists come last.
 */
export function mergeConfig(
  files: AgentOptions,
  flags: AgentOptions,
  pieces: AgentOptions = {},
): AgentOptions {
  return mergeOptions(
    overlay(files, flags, (lower, upper) => [...upper, ...lower]),
    pieces,
  );
}

/** `upper` over `lower`, both from files: lists are appended in the order of the files. */
export function mergeOptions(lower: AgentOptions, upper: AgentOptions): AgentOptions {
  return overlay(lower, upper, (first, second) => [...first, ...second]);
}

type JoinLists = (lower: readonly unknown[], upper: readonly unknown[]) => readonly unknown[];

function overlay<T extends object>(lower: T, upper: T, joinLists: JoinLists): T {
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(lower));
  for (const [key, value] of Object.entries(upper)) {
    const below = merged[key];
    if (value === undefined) continue;
    if (Array.isArray(value) && Array.isArray(below)) merged[key] = joinLists(below, value);
    else if (isMap(value) && isMap(below)) merged[key] = overlay(below, value, joinLists);
    else merged[key] = value;
  }
  // Every key came from a T, with a value of the kind that key has in T.
  return merged as T;
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
