import type { Member } from '../../member.ts';
import type { QueryFilter } from '../../wire/serf-messages.ts';
import type { ExpressionMatcher } from '../types.ts';

/** Whether a query is meant for a member; `unknown` while the engine that has to tell is not loaded. */
export type FilterVerdict = 'match' | 'no-match' | 'unknown';

/**
 * All filters must let the member pass. What we cannot read matches nobody. A tag that the member does not have
 * counts as empty text. Source: serf internal_query.go, serf.go shouldProcessQuery.
 */
export function judgeFilters(
  filters: readonly QueryFilter[],
  { name, tags }: Pick<Member, 'name' | 'tags'>,
  matches: ExpressionMatcher | undefined,
): FilterVerdict {
  let verdict: FilterVerdict = 'match';
  for (const filter of filters) {
    if (filter.kind === 'unknown') return 'no-match';
    if (filter.kind === 'node') {
      if (!filter.names.includes(name)) return 'no-match';
    } else if (matches === undefined) {
      verdict = 'unknown';
    } else if (!matches(filter.expression, tagValue(tags, filter.tag))) {
      return 'no-match';
    }
  }
  return verdict;
}

/** Filters come from peers, and `constructor` is as good a name as any. */
function tagValue(tags: Member['tags'], name: string): string {
  return Object.hasOwn(tags, name) ? (tags[name] ?? '') : '';
}
