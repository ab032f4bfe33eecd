import { Reader, skipValue, WireError } from '@hobnob/gossip/codec';
import { CatalogError } from '../errors.ts';
import { StateBuilder } from '../store/restore.ts';
import type { Snapshot } from '../store/store.ts';
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

/** No record that a server takes into its log is nearly as large. */
const recordBytesMax = 64 * 1024 * 1024;

/** An index from which a log counts on; far from the numbers that a double cannot tell apart. */
const indexMax = 2 ** 52;
/** What a row takes of the heap beside its own bytes, about: measured with small rows, which are the worst. */
const rowHeapBytes = { plain: 512, indexed: 1024 } as const;
/** Rows that stand in several tables. */
const indexedTypes: ReadonlySet<number> = new Set([recordType.registration, recordType.session]);

/**
 * The state that `pieces` hold. Nothing but the result knows of it, so that a stream that breaks off changes nothing.
 * @param pause Lets other work pass; called between two pieces.
 * @param heapBytesMax A state that takes about more of the heap is refused. Default: none is.
 * @throws CatalogError CATALOG_SNAPSHOT for what is no snapshot, or ends too early.
 */
export async function readState(
  pieces: AsyncIterable<Uint8Array>,
  pause: () => Promise<void> | undefined = () => undefined,
  heapBytesMax = Number.POSITIVE_INFINITY,
): Promise<Snapshot> {
  const parser = new StateParser(heapBytesMax);
  for await (const piece of pieces) {
    parser.add(piece);
    await pause();
  }
  return parser.end();
}

class StateParser {
  readonly #builder = new StateBuilder();
  /** Pieces of which no whole record was read. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** A record that comes in many pieces is looked at each time that its bytes have doubled, not with each piece. */
  #wantedBytes = 0;
  #index: number | undefined;
  readonly #heapBytesMax: number;
  #heapBytes = 0;

  constructor(heapBytesMax: number) {
    this.#heapBytesMax = heapBytesMax;
  }

  add(piece: Uint8Array): void {
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    if (this.#waitingBytes >= this.#wantedBytes) this.#readWaiting();
    if (this.#waitingBytes > recordBytesMax) throw broken(`a record has more than ${recordBytesMax} bytes`);
  }

  end(): Snapshot {
    this.#readWaiting();
    if (this.#index === undefined || this.#waitingBytes > 0) throw broken('it ends too early');
    return this.#builder.build(this.#index);
  }

  #readWaiting(): void {
    const [first = new Uint8Array(0)] = this.#waiting;
    const bytes = this.#waiting.length <= 1 ? first : Buffer.concat(this.#waiting);
    const reader = new Reader(bytes);
    let whole = 0;
    try {
      while (reader.remaining > 0) {
        this.#readNext(reader, bytes);
        whole = reader.offset;
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      if (error.code !== 'WIRE_TRUNCATED') throw broken(error.message);
    }
    const rest = bytes.slice(whole);
    this.#waiting = [rest];
    this.#waitingBytes = rest.length;
    this.#wantedBytes = 2 * rest.length;
  }

  #readNext(reader: Reader, bytes: Uint8Array): void {
    if (this.#index === undefined) {
      const { LastIndex } = header.read(reader);
      if (LastIndex > indexMax) throw broken(`its index ${LastIndex} is larger than any of a log`);
      this.#index = LastIndex;
      return;
    }
    const start = reader.offset;
    const type = reader.u8();
    const body = reader.offset;
    // Only whole records change what is built.
    skipValue(reader);
    this.#count(type, reader.offset - start);
    this.#take(type, new Reader(bytes, body, reader.offset), bytes.slice(start, reader.offset));
  }

  /** A small archive may hold a state that would end the process. */
  #count(type: number, bytes: number): void {
    this.#heapBytes += 2 * bytes + (indexedTypes.has(type) ? rowHeapBytes.indexed : rowHeapBytes.plain);
    if (this.#heapBytes <= this.#heapBytesMax) return;
    throw broken(
      `it takes about more than ${Math.floor(this.#heapBytesMax)} bytes of memory, which this process does not have: ` +
        'NODE_OPTIONS=--max-old-space-size gives it more',
    );
  }

  #take(type: number, body: Reader, whole: Uint8Array): void {
    switch (type) {
      case recordType.registration:
        this.#builder.addRegistration(registrations.read(body));
        break;
      case recordType.entry:
        this.#builder.addEntry(entries.read(body));
        break;
      case recordType.session:
        this.#builder.addSession(sessions.read(body));
        break;
      case recordType.tombstone: {
        const { Key: key, ModifyIndex: index } = entries.read(body);
        this.#builder.addTombstone({ key, index });
        break;
      }
      case recordType.coordinates:
        for (const coordinate of coordinates.read(body) ?? []) this.#builder.addCoordinate(coordinate);
        break;
      case recordType.index: {
        const { Key, Value } = indexes.read(body);
        this.#builder.setIndex(Key, Value);
        break;
      }
      case recordType.chunks:
        break;
      default:
        if (!accessTypes.has(type) && !otherTypes.has(type)) {
          throw broken(`it holds records of the unknown type ${type}`);
        }
        this.#builder.addForeign(whole);
    }
  }
}

function broken(reason: string): CatalogError {
  return new CatalogError('CATALOG_SNAPSHOT', `the snapshot cannot be read: ${reason}`);
}
