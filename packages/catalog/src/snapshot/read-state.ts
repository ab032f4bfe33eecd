import { Reader, skipValue, WireError } from '@hobnob/gossip/codec';
import { CatalogError } from '../errors.ts';
import type { CatalogCoordinate, DirEntry, RegisterRequest, Session } from '../records/index.ts';
import { StateBuilder } from '../store/restore.ts';
import type { Snapshot } from '../store/store.ts';
import {
  coordinateCost,
  decodingCost,
  entryCost,
  foreignCost,
  namedCost,
  registrationCost,
  sessionCost,
} from './memory-cost.ts';
import { OpenRecord } from './open-record.ts';
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

/** Bytes that may be decoded to find out whether they hold a whole record: it takes some ten milliseconds. */
const promptBytesMax = 512 * 1024;

/**
 * Names and values of one record: a body of 512 KiB makes a session of 0.9 million at most, and a service of 3.6 million.
 * To decode as many takes half a second; sixty million of them, which an archive of 60 KB holds, took seconds and gigabytes.
 */
const partsMax = 1_000_000;
const registrationPartsMax = 4_000_000;

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
  /** The bytes of a record that comes in many pieces are joined each time that they have doubled, not with each piece. */
  #wantedBytes = 0;
  #index: number | undefined;
  /** The record that the waiting bytes begin with, once it is known that they do not hold all of it. */
  #open: OpenRecord | undefined;
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
    const rest = bytes.slice(this.#readRecords(bytes));
    this.#waiting = [rest];
    this.#waitingBytes = rest.length;
    this.#wantedBytes = 2 * rest.length;
    if (rest.length > this.#restBytesMax) {
      // Twice as much may come before it is looked at, and is joined then.
      this.#charge(4 * (rest.length - this.#restBytesMax));
      this.#restBytesMax = rest.length;
    }
  }

  /** Reads the records that are whole. Returns where the next one begins. */
  #readRecords(bytes: Uint8Array): number {
    const reader = new Reader(bytes);
    let end = 0;
    try {
      while (reader.remaining > 0) {
        const begun = bytes.subarray(end);
        if (begun.length > promptBytesMax) this.#open ??= this.#openRecord(begun);
        if (this.#open?.isWhole(begun) === false) return end;
        if (this.#open !== undefined) this.#charge(decodingCost(this.#open.partsCount));
        this.#readNext(reader, bytes);
        end = reader.offset;
        this.#open = undefined;
      }
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      if (error.code !== 'WIRE_TRUNCATED' || this.#open !== undefined) throw broken(error.message);
      this.#open = this.#openRecord(bytes.subarray(end));
    }
    return end;
  }

  #openRecord(bytes: Uint8Array): OpenRecord {
    if (this.#index === undefined) return new OpenRecord(0, partsMax);
    // Behind the byte of its type.
    return new OpenRecord(1, bytes[0] === recordType.registration ? registrationPartsMax : partsMax);
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
