import { field, float, foundOf, type Infer, listOf, pointerTo, record, text, textOf } from './shape.ts';

/** A Vivaldi coordinate; all but `Error` are in seconds. Source: Serf coordinate.Coordinate. */
export const Coordinate = record(
  'Coordinate',
  { Vec: listOf(float), Error: float, Adjustment: float, Height: float },
  { goType: 'coordinate.Coordinate' },
);
/** A Vivaldi coordinate; all but `Error` are in seconds. */
export interface Coordinate extends Infer<typeof Coordinate> {}

/** Where a node of the catalog is in the network. Source: Consul structs.Coordinate. */
export const CatalogCoordinate = record('Coordinate', {
  Node: text,
  Segment: text,
  Coord: Coordinate,
});
/** Where a node of the catalog is in the network. */
export interface CatalogCoordinate extends Infer<typeof CatalogCoordinate> {}

/** Where the servers of one datacenter are on the WAN. Source: Consul structs.DatacenterMap. */
export const DatacenterMap = record('DatacenterMap', {
  Datacenter: text,
  /** `wan`, the only area outside of Consul Enterprise. */
  AreaID: textOf('types.AreaID'),
  Coordinates: foundOf(CatalogCoordinate),
});
/** Where the servers of one datacenter are on the WAN. */
export interface DatacenterMap extends Infer<typeof DatacenterMap> {}

/** Coordinate.Update, and an element of the batch in the Raft log. */
export const CoordinateUpdateRequest = record('CoordinateUpdateRequest', {
  Datacenter: text,
  Node: text,
  Segment: text,
  Coord: pointerTo(Coordinate),
  Token: field(text, { filter: false }),
});
/** Coordinate.Update, and an element of the batch in the Raft log. */
export interface CoordinateUpdateRequest extends Infer<typeof CoordinateUpdateRequest> {}
