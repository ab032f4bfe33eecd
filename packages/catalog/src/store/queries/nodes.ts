import type { HealthCheck, NodeRecord, NodeService } from '../../records/index.ts';
import { tableIndex } from '../indexes.ts';
import { idKey, joinKey, nameKey } from '../keys.ts';
import type { NodeEntry, Tables } from '../tables.ts';
import { topics } from '../topics.ts';
import { type Answer, hasMeta, type MetaFilters } from './answer.ts';
import { Later, type Pieces } from './later.ts';
import { findRows } from './rows.ts';

/** Questions about nodes. */

/** All nodes with that metadata, by name. */
export function listNodes(tables: Tables, filters: MetaFilters): Answer<Later<readonly NodeRecord[]>> {
  const value = findRows(tables, tables.nodes, '', ({ node }) => (hasMeta(node, filters) ? node : undefined));
  return { index: tableIndex(tables, 'nodes'), value, topics: [topics.nodes], indexTopics: [] };
}

export interface NodeServices {
  readonly node: NodeRecord;
  /** By id. */
  readonly services: readonly NodeService[];
}

/** The services of a node, which may be given by its id or the beginning of it. */
export function nodeServices(tables: Tables, nameOrId: string): Answer<NodeServices | undefined> {
  const entry = tables.nodes.get(nameKey(nameOrId));
  const node = entry ?? nodeByIdPrefix(tables, nameOrId);
  if (node === undefined) {
    return { index: 0, value: undefined, topics: [topics.nodes], indexTopics: [] };
  }
  const services: NodeService[] = [];
  tables.instances.scan(joinKey(node.node.Node), ({ service }) => services.push(service));
  const own = topics.node(node.node.Node);
  return {
    index: tableIndex(tables, 'nodes', 'services'),
    value: { node: node.node, services },
    // Another node could take the name, or make the beginning of an id ambiguous.
    topics: entry === undefined ? [own, topics.nodes] : [own],
    indexTopics: [topics.nodes, topics.services],
  };
}

/** Consul looks a node up by id from so many characters on. */
const idPrefixMin = 2;
const idPattern = /^[0-9a-f]*$/;

/** The only node whose id begins with `text`; an odd last digit does not count. */
function nodeByIdPrefix(tables: Tables, text: string): NodeEntry | undefined {
  if (text.length < idPrefixMin) return undefined;
  const prefix = idKey(text.length % 2 === 0 ? text : text.slice(0, -1));
  const hyphens = text.split('-').length - 1;
  if (hyphens > 4 || prefix.length % 2 !== 0 || !idPattern.test(prefix)) return undefined;
  const [key, another] = tables.nodeIds.list(prefix);
  return key === undefined || another !== undefined ? undefined : tables.nodes.get(key);
}

/** All about one node. */
export interface NodeInfo extends NodeServices {
  /** By id. */
  readonly checks: readonly HealthCheck[];
}

const infoTables = ['nodes', 'services', 'checks'] as const;

export function nodeInfo(tables: Tables, name: string): Answer<NodeInfo | undefined> {
  const entry = tables.nodes.get(nameKey(name));
  return {
    index: tableIndex(tables, ...infoTables),
    value: entry && infoOf(tables, entry),
    topics: [topics.node(name), topics.nodeChecks(name)],
    indexTopics: infoTables,
  };
}

/** Nodes in one piece of work; each has services and checks. */
const nodesEach = 50;

/** All about all nodes, by name. */
export function dumpNodes(tables: Tables): Answer<Later<readonly NodeInfo[]>> {
  const { nodes, instances, checks } = tables;
  const rows = { nodes: nodes.clone(), instances: instances.clone(), checks: checks.clone() };
  const value = Later.in(function* (): Pieces<readonly NodeInfo[]> {
    const found: NodeInfo[] = [];
    for (const piece of rows.nodes.pieces('', nodesEach)) {
      for (const entry of piece) found.push(infoOf(rows, entry));
      yield;
    }
    return found;
  });
  return { index: tableIndex(tables, ...infoTables), value, topics: infoTables, indexTopics: [] };
}

function infoOf({ instances, checks }: Pick<Tables, 'instances' | 'checks'>, { node }: NodeEntry): NodeInfo {
  const prefix = joinKey(node.Node);
  return {
    node,
    services: instances.list(prefix).map(({ service }) => service),
    checks: checks.list(prefix),
  };
}
