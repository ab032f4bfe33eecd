import type { CatalogCoordinate, DatacenterMap } from '@hobnob/catalog/records';
import type { Coordinate, Gossip } from '@hobnob/gossip';
import type { CoordinatePort } from '../agent-port.ts';
import { AgentError } from '../errors.ts';
import type { AgentConfig } from '../options.ts';
import { toCoordinateRecord } from './records.ts';

export interface CoordinatesParts {
  readonly config: Pick<AgentConfig, 'datacenter'>;
  readonly lan: Gossip;
  readonly wan: Gossip | undefined;
}

/**
 * The coordinates that members sent in their acks to this agent, some seconds old. A real server
 * answers from its catalog, which holds all nodes, with coordinates that they reported within the last minute.
 */
export class Coordinates implements CoordinatePort {
  readonly #parts: CoordinatesParts;

  constructor(parts: CoordinatesParts) {
    this.#parts = parts;
  }

  nodes(datacenter: string): readonly CatalogCoordinate[] {
    const { config, lan } = this.#parts;
    if (datacenter !== '' && datacenter !== config.datacenter) {
      throw new AgentError('AGENT_NO_DATACENTER', 'No path to datacenter');
    }
    return lan
      .members()
      .filter(({ status }) => status !== 'left')
      .flatMap(({ name }) => rowOf(name, lan.coordinate(name)));
  }

  datacenters(): readonly DatacenterMap[] {
    const { wan } = this.#parts;
    const byDatacenter = new Map<string, CatalogCoordinate[]>();
    for (const { name, tags, status } of wan?.members() ?? []) {
      const { dc } = tags;
      if (dc === undefined || status === 'left') continue;
      const node = name.endsWith(`.${dc}`) ? name.slice(0, -dc.length - 1) : name;
      const rows = byDatacenter.get(dc) ?? [];
      byDatacenter.set(dc, rows);
      rows.push(...rowOf(node, wan?.coordinate(name)));
    }
    return [...byDatacenter]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([Datacenter, Coordinates]) => ({ Datacenter, AreaID: 'wan', Coordinates }));
  }
}

function rowOf(node: string, coordinate: Coordinate | undefined): readonly CatalogCoordinate[] {
  return coordinate === undefined ? [] : [{ Node: node, Segment: '', Coord: toCoordinateRecord(coordinate) }];
}
