import { Reader, skipValue, WireError } from '@hobnob/gossip/codec';
import { CatalogError } from '../errors.ts';
import type { CatalogCoordinate, DirEntry, RegisterRequest, Session } from '../records/index.ts';
import { StateBuilder } from '../store/restore.ts';
import type { Snapshot } from '../store/store.ts';
import {
  coordinateCost,
  entryCost,
  foreignCost,
  namedCost,
  registrationCost,
  sessionCost,
} from './memory-cost.ts';
import { readEntry } from './read-entry.ts';
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

/** What reading a state needs of others. */
export interface ReadStateOptions {
  /** Lets other work pass; called between two pieces. */
  readonly pause?: () => Promise<void> | undefined;
  /** Told before each record how much memory its rows may take, in bytes; may throw. */
  readonly charge?: (bytes: number) => void;
  /** Whether the last step may hold the event loop, for less work in all: at a start nobody is served yet. Default false. */
  readonly isBulk?: boolean;
}

/**
 * The state that `pieces` hold. Nothing but the result knows of it, so that a stream that breaks off changes nothing.
 * @throws CatalogError CATALOG_SNAPSHOT for what is no snapshot, or ends too early; what `charge` throws.
 */
export async function readState(
  pieces: AsyncIterable<Uint8Array>,
  { pause = () => undefined, charge = () => undefined, isBulk = false }: ReadStateOptions = {},
): Promise<Snapshot> {
  const parser = new StateParser({ charge, isBulk });
  for await (const piece of pieces) {
    parser.add(piece);
    await pause();
  }
  return parser.end();
}

class StateParser {
  readonly #builder: StateBuilder;
  /** Pieces of which no whole record was read. */
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  /** A record that comes in many pieces is looked at each time that its bytes have doubled, not with each piece. */
  #wantedBytes = 0;
  #index: number | undefined;
  /** The most that waited at once, which is part of what was charged. */
  #restBytesMax = 0;
  readonly #charge: (bytes: number) => void;

  constructor({ charge, isBulk }: Pick<Required<ReadStateOptions>, 'charge' | 'isBulk'>) {
    this.#charge = charge;
    this.#builder = new StateBuilder(isBulk);
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
    if (rest.length > this.#restBytesMax) {
      // Twice as much may come before it is looked at, and is joined then.
      this.#charge(4 * (rest.length - this.#restBytesMax));
      this.#restBytesMax = rest.length;
    }
  }

  /** Nothing is built of a record that is not whole. @throws WireError WIRE_TRUNCATED. */
  #readNext(reader: Reader, bytes: Uint8Array): void {
    if (this.#index === undefined) {
      const { LastIndex } = header.read(reader);
      if (LastIndex > indexMax) throw broken(`its index ${LastIndex} is larger than any of a log`);
      this.#index = LastIndex;
      return;
    }
    const start = reader.offset;
    const type = reader.u8();
    switch (type) {
      case recordType.registration:
        this.#addRegistration(registrations.read(reader));
        break;
      case recordType.entry:
        this.#addEntry(readEntry(reader, bytes));
        break;
      case recordType.session:
        this.#addSession(sessions.read(reader));
        break;
      case recordType.tombstone:
        this.#addTombstone(entries.read(reader));
        break;
      case recordType.coordinates:
        this.#addCoordinates(coordinates.read(reader));
        break;
      case recordType.index:
        this.#addIndex(indexes.read(reader));
        break;
      case recordType.chunks:
        skipValue(reader);
        break;
      default:
        if (!accessTypes.has(type) && !otherTypes.has(type)) {
          throw broken(`it holds records of the unknown type ${type}`);
        }
        skipValue(reader);
        this.#addForeign(bytes.slice(start, reader.offset));
    }
  }

  #addRegistration(registration: RegisterRequest): void {
    this.#charge(registrationCost(registration));
    this.#builder.addRegistration(registration);
  }

  #addEntry(entry: DirEntry): void {
    this.#charge(entryCost(entry));
    this.#builder.addEntry(entry);
  }

  #addSession(session: Session): void {
    this.#charge(sessionCost(session));
    this.#builder.addSession(session);
  }

  #addTombstone({ Key: key, ModifyIndex: index }: DirEntry): void {
    this.#charge(namedCost(key));
    this.#builder.addTombstone({ key, index });
  }

  #addCoordinates(list: readonly CatalogCoordinate[] | null): void {
    for (const coordinate of list ?? []) {
      this.#charge(coordinateCost(coordinate));
      this.#builder.addCoordinate(coordinate);
    }
  }

  #addIndex({ Key, Value }: { readonly Key: string; readonly Value: number }): void {
    this.#charge(namedCost(Key));
    this.#builder.setIndex(Key, Value);
  }

  #addForeign(whole: Uint8Array): void {
    this.#charge(foreignCost(whole.length));
    this.#builder.addForeign(whole);
  }
}

function broken(reason: string): CatalogError {
  return new CatalogError('CATALOG_SNAPSHOT', `the snapshot cannot be read: ${reason}`);
}
