import type { Member } from '../../member.ts';
import type { QueryFilter } from '../../wire/serf-messages.ts';
import type { ExpressionMatcher } from '../types.ts';

/** Whether a query's filters match a member; `unknown` while the RE2 engine is not loaded. */
export type FilterVerdict = 'match' | 'no-match' | 'unknown';

/**
 * All filters must match. A filter that cannot be decoded matches no member. A missing tag counts as empty text.
 * Source: serf internal_query.go, serf.go shouldProcessQuery.
 */
export function matchFilters(
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

/** Peers choose the name, which may be `constructor`. */
function tagValue(tags: Member['tags'], name: string): string {
  return Object.hasOwn(tags, name) ? (tags[name] ?? '') : '';
}
