import type { HealthCheck } from '../../records/index.ts';
import { tableIndex } from '../indexes.ts';
import { joinKey, nameKey } from '../keys.ts';
import type { OrderedMap } from '../ordered-map.ts';
import type { Tables } from '../tables.ts';
import { type Topic, topics } from '../topics.ts';
import { type Answer, hasMeta, isEmpty, type MetaFilters } from './answer.ts';

/** Questions about checks; all lists are by node and id. */

export function nodeChecks(tables: Tables, node: string): Answer<readonly HealthCheck[]> {
  return answerOf(tables, tables.checks.list(joinKey(node)), [topics.nodeChecks(node)]);
}

/** The checks that name the service. */
export function serviceChecks(
  tables: Tables,
  service: string,
  filters: MetaFilters,
): Answer<readonly HealthCheck[]> {
  const prefix = joinKey(service);
  return filtered(tables, tables.checksByService, prefix, filters, topics.serviceChecks(service));
}

const anyStatus = 'any';

/** The checks of that status, in its exact case; all for `any`. */
export function checksInState(
  tables: Tables,
  status: string,
  filters: MetaFilters,
): Answer<readonly HealthCheck[]> {
  if (status === anyStatus) return filtered(tables, tables.checks, '', filters, topics.checks);
  return filtered(tables, tables.checksByStatus, `${status}\0`, filters, topics.checkStatus(status));
}

function filtered(
  tables: Tables,
  map: OrderedMap<HealthCheck>,
  prefix: string,
  filters: MetaFilters,
  topic: Topic,
): Answer<readonly HealthCheck[]> {
  if (isEmpty(filters)) return answerOf(tables, map.list(prefix), [topic]);
  const value = map.list(prefix).filter(({ Node }) => {
    const entry = tables.nodes.get(nameKey(Node));
    return entry !== undefined && hasMeta(entry.node, filters);
  });
  // Consul leaves the nodes out, and so misses that one came to have the metadata.
  const index = tableIndex(tables, topics.checks, topics.nodes);
  return { index, value, topics: [topic, topics.nodes], indexTopics: [topics.checks] };
}

function answerOf(
  tables: Tables,
  value: readonly HealthCheck[],
  used: readonly Topic[],
): Answer<readonly HealthCheck[]> {
  return { index: tableIndex(tables, topics.checks), value, topics: used, indexTopics: [topics.checks] };
}
