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

/**
 * The state that `pieces` hold. Nothing but the result knows of it, so that a stream that breaks off changes nothing.
 * @param pause Lets other work pass; called between two pieces.
 * @throws CatalogError CATALOG_SNAPSHOT for what is no snapshot, or ends too early.
 */
export async function readState(
  pieces: AsyncIterable<Uint8Array>,
  pause: () => Promise<void> | undefined = () => undefined,
): Promise<Snapshot> {
  const parser = new StateParser();
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
      this.#index = header.read(reader).LastIndex;
      return;
    }
    const start = reader.offset;
    const type = reader.u8();
    const body = reader.offset;
    // Only whole records change what is built.
    skipValue(reader);
    this.#take(type, new Reader(bytes, body, reader.offset), bytes.slice(start, reader.offset));
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
