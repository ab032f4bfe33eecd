import { listOf, recordWith } from './guards.ts';
import { withQuery } from './query.ts';
import { type ReadAnswer, type ReadOptions, readCatalog } from './read-options.ts';
import type { CoordinateUpdate, UserEventRecord } from './records.ts';
import { type CallOptions, isRecord, type Transport } from './transport.ts';

/** One row of GET /v1/coordinate/nodes; all numbers but `Error` are in seconds. */
export interface NodeCoordinateRecord {
  readonly Node: string;
  readonly Coord: {
    readonly Vec: readonly number[];
    readonly Error: number;
    readonly Adjustment: number;
    readonly Height: number;
  };
}

/** One row of GET /v1/coordinate/datacenters. */
export interface DatacenterCoordinatesRecord {
  readonly Datacenter: string;
  readonly AreaID: string;
  readonly Coordinates: readonly NodeCoordinateRecord[];
}

/** One row of GET /v1/operator/keyring. */
export interface KeyringRow {
  readonly WAN: boolean;
  readonly Datacenter: string;
  readonly Segment: string;
  readonly Messages?: Readonly<Record<string, string>>;
  readonly Keys: Readonly<Record<string, number>>;
  readonly PrimaryKeys: Readonly<Record<string, number>>;
  readonly NumNodes: number;
}

/** A user event to fire. The recipients are the agents that match all regular expressions given; by default all. */
export interface EventToFire {
  readonly name: string;
  /** Default: empty. Name, payload and filters have at most 512 bytes together, encoded. */
  readonly payload?: Uint8Array;
  /** Regular expression for the name of the node. */
  readonly node?: string;
  /** Regular expression for the name of a service of the node. */
  readonly service?: string;
  /** Regular expression for a tag of that service. Needs `service`. */
  readonly tag?: string;
}

/** Which events are listed. */
export interface EventListOptions extends Pick<ReadOptions, 'index' | 'waitMs' | 'token' | 'signal'> {
  /** Default: events of all names. */
  readonly name?: string;
}

/** How a key request is sent. */
export interface KeyringCallOptions extends CallOptions {
  /** How many other members relay each answer: 0 to 5. Default 0. */
  readonly relayFactor?: number;
}

/** Events, coordinates and keys: what an agent does with its pools beyond membership. */
export interface PoolCalls {
  /** Fires a user event in the agent's datacenter; resolves with the event's ID. */
  fireEvent(event: EventToFire, options?: CallOptions): Promise<string>;
  /**
   * The latest events for this agent, at most 256, the newest last; with `name` those of one name. `index` waits for
   * the next one: it is no counter, but made of the last event's ID.
   */
  listEvents(options?: EventListOptions): Promise<ReadAnswer<readonly UserEventRecord[]>>;
  /** The network coordinates of the LAN's members. */
  coordinates(options?: CallOptions): Promise<readonly NodeCoordinateRecord[]>;
  /** The network coordinates of one node, by segment; none when it has none. */
  coordinatesOf(node: string, options?: CallOptions): Promise<readonly NodeCoordinateRecord[]>;
  /** Enters a node's network coordinate into the catalog, where it arrives with the next batch. */
  updateCoordinate(update: CoordinateUpdate, options?: CallOptions): Promise<void>;
  /** The network coordinates of the WAN's servers, by datacenter. */
  wanCoordinates(options?: CallOptions): Promise<readonly DatacenterCoordinatesRecord[]>;
  /** The gossip keys of LAN and WAN, with how many members have each; with `localOnly` those of the LAN alone. */
  listKeys(options?: KeyringCallOptions & { readonly localOnly?: boolean }): Promise<readonly KeyringRow[]>;
  /**
   * Installs a key, makes it the primary one, or removes it, on all members of LAN and WAN. Servers only.
   * Resolves with the failed members that missed the change, by pool; none from a real Consul, which does not
   * report them.
   */
  changeKeys(
    operation: KeyChange,
    key: string,
    options?: KeyringCallOptions,
  ): Promise<readonly KeyringMissedRow[]>;
}

/** The failed members of one pool, which missed a change of the keys. */
export interface KeyringMissedRow {
  readonly WAN: boolean;
  readonly Datacenter: string;
  readonly Count: number;
  /** Their names, 100 at most. */
  readonly Members: readonly string[];
}

/** What can be done with a gossip key. */
export type KeyChange = 'install' | 'use' | 'remove';

const changeMethods: Readonly<Record<KeyChange, string>> = { install: 'POST', use: 'PUT', remove: 'DELETE' };

/** The calls of one client. */
export function poolCalls(transport: Transport): PoolCalls {
  const { call, read } = transport;
  const getRows = async <T>(
    path: string,
    options: CallOptions,
    isRow: (value: unknown) => value is T,
  ): Promise<readonly T[]> => {
    const answer = await call('GET', path, options);
    const guard = (value: unknown): value is readonly T[] => Array.isArray(value) && value.every(isRow);
    return read(answer, { what: 'a list of records', guard });
  };
  return {
    async fireEvent({ name, payload, node, service, tag }, options = {}) {
      const path = withQuery(`/v1/event/fire/${encodeURIComponent(name)}`, { node, service, tag });
      return read(await call('PUT', path, options, payload), { what: 'an event', guard: isEvent }).ID;
    },
    listEvents({ name, ...options } = {}) {
      const wanted = listOf('a list of events', isEventRecord);
      return readCatalog(transport, '/v1/event/list', { ...options, query: { name } }, wanted);
    },
    async coordinatesOf(node, options = {}) {
      const path = `/v1/coordinate/node/${encodeURIComponent(node)}`;
      const answer = await call('GET', path, { ...options, accepts: [200, 404] });
      if (answer.status === 404) return [];
      return read(answer, listOf('a list of records', isNodeCoordinate));
    },
    updateCoordinate: (update, options = {}) => transport.put('/v1/coordinate/update', options, update),
    coordinates: (options = {}) => getRows('/v1/coordinate/nodes', options, isNodeCoordinate),
    wanCoordinates: (options = {}) => getRows('/v1/coordinate/datacenters', options, isDatacenterCoordinates),
    listKeys({ relayFactor, localOnly, ...options } = {}) {
      const query = { 'relay-factor': textOf(relayFactor), 'local-only': localOnly ? 'true' : undefined };
      return getRows(withQuery('/v1/operator/keyring', query), options, isKeyringRow);
    },
    async changeKeys(operation, key, { relayFactor, ...options } = {}) {
      const path = withQuery('/v1/operator/keyring', { 'relay-factor': textOf(relayFactor) });
      const body = Buffer.from(`${JSON.stringify({ Key: key })}\n`);
      const answer = await call(changeMethods[operation], path, options, body);
      if (answer.body === '') return [];
      return read(answer, { what: 'a list of the members that missed it', guard: isMissedAnswer }).MissedBy;
    },
  };
}

/** Consul's client leaves the factor 0 out. */
function textOf(relayFactor: number | undefined): string | undefined {
  return relayFactor === undefined || relayFactor === 0 ? undefined : String(relayFactor);
}

function isMissedAnswer(value: unknown): value is { readonly MissedBy: readonly KeyringMissedRow[] } {
  return isRecord(value) && Array.isArray(value['MissedBy']) && value['MissedBy'].every(isMissedRow);
}

function isMissedRow(row: unknown): row is KeyringMissedRow {
  if (!isRecord(row) || !Array.isArray(row['Members'])) return false;
  const { WAN, Datacenter, Count, Members } = row;
  const areNames = Members.every((name) => typeof name === 'string');
  return typeof WAN === 'boolean' && typeof Datacenter === 'string' && typeof Count === 'number' && areNames;
}

const isEventRecord = recordWith<UserEventRecord>('ID', 'Name');

function isEvent(value: unknown): value is { readonly ID: string } {
  return isRecord(value) && typeof value['ID'] === 'string';
}

function isNodeCoordinate(value: unknown): value is NodeCoordinateRecord {
  if (!isRecord(value) || typeof value['Node'] !== 'string' || !isRecord(value['Coord'])) return false;
  const { Vec, Error: error, Adjustment, Height } = value['Coord'];
  return Array.isArray(Vec) && [...Vec, error, Adjustment, Height].every((part) => typeof part === 'number');
}

function isDatacenterCoordinates(value: unknown): value is DatacenterCoordinatesRecord {
  if (!isRecord(value)) return false;
  const { Datacenter, AreaID, Coordinates } = value;
  const isNamed = typeof Datacenter === 'string' && typeof AreaID === 'string';
  return isNamed && Array.isArray(Coordinates) && Coordinates.every(isNodeCoordinate);
}

function isKeyringRow(value: unknown): value is KeyringRow {
  if (!isRecord(value)) return false;
  const { WAN, Datacenter, Segment, Keys, PrimaryKeys, NumNodes } = value;
  const isNamed = typeof WAN === 'boolean' && typeof Datacenter === 'string' && typeof Segment === 'string';
  return isNamed && isRecord(Keys) && isRecord(PrimaryKeys) && typeof NumNodes === 'number';
}
