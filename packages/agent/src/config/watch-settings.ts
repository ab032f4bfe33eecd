import type { AgentOptions, AgentPortNumbers } from '../options.ts';
import { readWatch, type WatchDefinition } from '../watches/definition.ts';
import type { Problems } from './problems.ts';

/** The watches of a configuration; Consul's sentences for wrong ones name them by their place in the list. */
export function resolveWatches(
  given: NonNullable<AgentOptions['watches']>,
  { http, https }: Pick<AgentPortNumbers, 'http' | 'https'>,
  problems: Problems,
  warnings: Problems,
): readonly WatchDefinition[] {
  if (given.length > 0 && http < 0 && https < 0) {
    problems.add('watch plans require an HTTP or HTTPS endpoint');
  }
  return given.flatMap((watch, at) => {
    const read = readWatch(watch);
    if (watch['handler'] !== undefined)
      warnings.add('the key "handler" of watches is deprecated: use "args"');
    if (typeof read !== 'string') return [read];
    problems.add(`watches[${at}]: ${read}`);
    return [];
  });
}
