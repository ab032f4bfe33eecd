import type { CatalogCoordinate } from '../../records/index.ts';
import { tableIndex } from '../indexes.ts';
import { joinKey } from '../keys.ts';
import type { Tables } from '../tables.ts';
import { topics } from '../topics.ts';
import type { Answer } from './answer.ts';

/** Questions about coordinates; all lists are by node and segment. */

export function listCoordinates(tables: Tables): Answer<readonly CatalogCoordinate[]> {
  const value = tables.coordinates.list('');
  return { index: tableIndex(tables, 'coordinates'), value, topics: [topics.coordinates], indexTopics: [] };
}

/** One node's coordinates, one a segment. */
export function nodeCoordinates(tables: Tables, node: string): Answer<readonly CatalogCoordinate[]> {
  return {
    index: tableIndex(tables, 'coordinates'),
    value: tables.coordinates.list(joinKey(node)),
    topics: [topics.coordinate(node)],
    indexTopics: [topics.coordinates],
  };
}
