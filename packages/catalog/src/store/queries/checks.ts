import type { HealthCheck } from '../../records/index.ts';
import { tableIndex } from '../indexes.ts';
import { joinKey, nameKey } from '../keys.ts';
import type { OrderedMap } from '../ordered-map.ts';
import type { Tables } from '../tables.ts';
import { type Topic, topics } from '../topics.ts';
import { type Answer, hasMeta, isEmpty, type MetaFilters } from './answer.ts';
import type { Later } from './later.ts';
import { findRows } from './rows.ts';

/** Questions about checks; all lists are by node and id. */

export function nodeChecks(tables: Tables, node: string): Answer<Later<readonly HealthCheck[]>> {
  return answerOf(tables, allOf(tables, tables.checks, joinKey(node)), [topics.nodeChecks(node)]);
}

/** The checks that name the service. */
export function serviceChecks(
  tables: Tables,
  service: string,
  filters: MetaFilters,
): Answer<Later<readonly HealthCheck[]>> {
  const prefix = joinKey(service);
  return filtered(tables, tables.checksByService, prefix, filters, topics.serviceChecks(service));
}

const anyStatus = 'any';

/** The checks of that status, in its exact case; all for `any`. */
export function checksInState(
  tables: Tables,
  status: string,
  filters: MetaFilters,
): Answer<Later<readonly HealthCheck[]>> {
  if (status === anyStatus) return filtered(tables, tables.checks, '', filters, topics.checks);
  return filtered(tables, tables.checksByStatus, `${status}\0`, filters, topics.checkStatus(status));
}

function filtered(
  tables: Tables,
  map: OrderedMap<HealthCheck>,
  prefix: string,
  filters: MetaFilters,
  topic: Topic,
): Answer<Later<readonly HealthCheck[]>> {
  if (isEmpty(filters)) return answerOf(tables, allOf(tables, map, prefix), [topic]);
  const value = findRows(tables, map, prefix, (check, nodes) => {
    const entry = nodes.get(nameKey(check.Node));
    return entry !== undefined && hasMeta(entry.node, filters) ? check : undefined;
  });
  // Consul leaves the nodes out, and so misses that one came to have the metadata.
  const index = tableIndex(tables, topics.checks, topics.nodes);
  return { index, value, topics: [topic, topics.nodes], indexTopics: [topics.checks] };
}

function allOf(tables: Tables, map: OrderedMap<HealthCheck>, prefix: string): Later<readonly HealthCheck[]> {
  return findRows(tables, map, prefix, (check) => check);
}

function answerOf(
  tables: Tables,
  value: Later<readonly HealthCheck[]>,
  used: readonly Topic[],
): Answer<Later<readonly HealthCheck[]>> {
  return { index: tableIndex(tables, topics.checks), value, topics: used, indexTopics: [topics.checks] };
}
