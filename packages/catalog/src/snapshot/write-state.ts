import { Writer } from '@hobnob/gossip/codec';
import {
  create,
  DirEntry,
  type HealthCheck,
  type NodeRecord,
  type NodeService,
  RegisterRequest,
  Session,
} from '../records/index.ts';
import { joinKey } from '../store/keys.ts';
import type { OrderedMap } from '../store/ordered-map.ts';
import type { Snapshot } from '../store/store.ts';
import type { NodeEntry, Tables } from '../store/tables.ts';
import {
  accessTypes,
  coordinates,
  entries,
  header,
  indexes,
  otherTypes,
  recordType,
  registrations,
  sessions,
} from './state-records.ts';

/** A piece is about a millisecond of work. */
const rowsEach = 200;
const pieceBytes = 64 * 1024;

/** The state as Consul writes it, in pieces. Records of kinds that have no table here are among them as they came. */
export function* writeState({ index, tables }: Snapshot): Generator<Uint8Array, void, undefined> {
  const out = new Pieces();
  header.write(out.writer, { LastIndex: index });
  yield* nodesOf(tables, out);
  yield* each(tables.coordinates, out, (coordinate, writer) => {
    writer.u8(recordType.coordinates);
    coordinates.write(writer, [coordinate]);
  });
  yield* each(tables.sessions, out, (session, writer) => {
    writer.u8(recordType.session);
    sessions.write(writer, create(Session, session));
  });
  yield* foreignOf(tables, accessTypes, out);
  yield* each(tables.kvs, out, (entry, writer) => {
    writer.u8(recordType.entry);
    entries.write(writer, entry);
  });
  yield* each(tables.tombstones, out, ({ key, index: ModifyIndex }, writer) => {
    writer.u8(recordType.tombstone);
    entries.write(writer, create(DirEntry, { Key: key, ModifyIndex }));
  });
  yield* foreignOf(tables, otherTypes, out);
  yield* indexesOf(tables, out);
  out.writer.u8(recordType.chunks);
  out.writer.bytes(noChunks);
  yield out.take();
}

/** `{ChunkMap: {}}`: no command is in the log in several entries. */
const noChunks = Uint8Array.of(0x81, 0xa8, ...Buffer.from('ChunkMap'), 0x80);

/** Bytes that are handed out when there are enough of them. */
class Pieces {
  writer = new Writer(pieceBytes);

  get isFull(): boolean {
    return this.writer.length >= pieceBytes;
  }

  take(): Uint8Array {
    const piece = this.writer.finish();
    this.writer = new Writer(pieceBytes);
    return piece;
  }
}

function* each<V>(
  map: OrderedMap<V>,
  out: Pieces,
  write: (value: V, writer: Writer) => void,
): Generator<Uint8Array, void, undefined> {
  for (const rows of map.pieces('', rowsEach)) {
    for (const row of rows) {
      write(row, out.writer);
      if (out.isFull) yield out.take();
    }
  }
}

/** Each node, then its services, then its checks. */
function* nodesOf(tables: Tables, out: Pieces): Generator<Uint8Array, void, undefined> {
  for (const rows of tables.nodes.pieces('', 1)) {
    for (const entry of rows) yield* nodeOf(tables, entry, out);
  }
}

function* nodeOf(tables: Tables, { node }: NodeEntry, out: Pieces): Generator<Uint8Array, void, undefined> {
  const write = (part: { readonly Service?: NodeService; readonly Check?: HealthCheck }): void => {
    out.writer.u8(recordType.registration);
    registrations.write(out.writer, registrationOf(node, part));
  };
  write({});
  for (const rows of tables.instances.pieces(joinKey(node.Node), rowsEach)) {
    for (const { service } of rows) {
      write({ Service: service });
      if (out.isFull) yield out.take();
    }
  }
  for (const rows of tables.checks.pieces(joinKey(node.Node), rowsEach)) {
    for (const check of rows) {
      write({ Check: check });
      if (out.isFull) yield out.take();
    }
  }
}

function registrationOf(
  { Meta, ...node }: NodeRecord,
  part: { readonly Service?: NodeService; readonly Check?: HealthCheck },
): RegisterRequest {
  return create(RegisterRequest, { ...node, NodeMeta: Meta, ...part });
}

/** Records of kinds that have no table here, in the order in which they came. */
function foreignOf(
  tables: Tables,
  types: ReadonlySet<number>,
  out: Pieces,
): Generator<Uint8Array, void, undefined> {
  return each(tables.foreign, out, (bytes, writer) => {
    if (types.has(bytes[0] ?? 0)) writer.bytes(bytes);
  });
}

function* indexesOf(tables: Tables, out: Pieces): Generator<Uint8Array, void, undefined> {
  const found: [string, number][] = [];
  tables.indexes.scan('', (Value, Key) => {
    found.push([Key, Value]);
  });
  for (const [Key, Value] of found) {
    out.writer.u8(recordType.index);
    indexes.write(out.writer, { Key, Value });
    if (out.isFull) yield out.take();
  }
}
