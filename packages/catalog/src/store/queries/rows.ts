import type { OrderedMap } from '../ordered-map.ts';
import type { NodeEntry, Tables } from '../tables.ts';
import { Later, type Pieces, rowsEach } from './later.ts';

/** Fewer rows are found at once: it takes a millisecond. */
const fewRowsCount = 1000;

type Nodes = OrderedMap<NodeEntry>;

/** What becomes of the rows that are visited. */
export interface Collector<Row, Result> {
  readonly result: Result;
  visit(row: Row, nodes: Nodes): void;
}

/** What `pick` makes of the rows under a prefix, in order, of the state of now. */
export function findRows<Row, Found>(
  tables: Tables,
  map: OrderedMap<Row>,
  prefix: string,
  pick: (row: Row, nodes: Nodes) => Found | undefined,
): Later<readonly Found[]> {
  return collectRows<Row, readonly Found[]>(tables, map, prefix, () => {
    const result: Found[] = [];
    const visit = (row: Row, nodes: Nodes): void => {
      const picked = pick(row, nodes);
      if (picked !== undefined) result.push(picked);
    };
    return { result, visit };
  });
}

/** Collects the rows under a prefix, in order, of the state of now. */
export function collectRows<Row, Result>(
  tables: Tables,
  map: OrderedMap<Row>,
  prefix: string,
  start: () => Collector<Row, Result>,
): Later<Result> {
  if (!map.hasMore(prefix, fewRowsCount)) {
    const { result, visit } = start();
    map.scan(prefix, (row) => visit(row, tables.nodes));
    return Later.of(result);
  }
  // Clones cost nothing and stay what they are while the store goes on.
  const [rows, nodes] = [map.clone(), tables.nodes.clone()];
  return Later.in(function* (): Pieces<Result> {
    const { result, visit } = start();
    for (const piece of rows.pieces(prefix, rowsEach)) {
      for (const row of piece) visit(row, nodes);
      yield;
    }
    return result;
  });
}
