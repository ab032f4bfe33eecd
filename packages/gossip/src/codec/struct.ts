import { readKeyHeader, readStructHeader } from './msgpack-read.ts';
import { skipValue } from './msgpack-skip.ts';
import type { Reader } from './reader.ts';
import { encodeText } from './text.ts';

interface Field<Name> {
  readonly name: Name;
  readonly key: Uint8Array;
}

/**
 * The fields of a Go struct. Reads the struct as a map with keys in any order, unknown ones skipped and the
 * last of equal ones winning; as nil, which has no fields; or as a list in declared order.
 */
export class StructShape<Name extends string> {
  /** In declared order, which a list has. */
  readonly #declared: readonly Name[];
  /** In ascending order, in which peers send them, so the next key is usually the next of these. */
  readonly #ascending: readonly Field<Name>[];

  /** `declared` lists the fields in the order of the Go source. */
  constructor(declared: readonly Name[]) {
    this.#declared = declared;
    this.#ascending = [...declared].sort().map((name) => ({ name, key: encodeText(name) }));
  }

  /** Reads the header; then call `next` and read that field's value until there is no next. */
  open(reader: Reader): StructCursor<Name> {
    return new StructCursor(reader, this.#declared, this.#ascending);
  }
}

/** Walks over the fields of one struct. */
export class StructCursor<Name extends string> {
  readonly #reader: Reader;
  readonly #declared: readonly Name[];
  readonly #ascending: readonly Field<Name>[];
  readonly #isList: boolean;
  #left: number;
  #at = 0;

  constructor(reader: Reader, declared: readonly Name[], ascending: readonly Field<Name>[]) {
    const header = readStructHeader(reader);
    this.#reader = reader;
    this.#declared = declared;
    this.#ascending = ascending;
    this.#isList = header < 0;
    this.#left = header < 0 ? -1 - header : header;
  }

  /** The name of the next known field, whose value must be read now; undefined at the end. */
  next(): Name | undefined {
    while (this.#left > 0) {
      this.#left -= 1;
      const name = this.#isList ? this.#declared[this.#at++] : this.#readName();
      if (name !== undefined) return name;
      skipValue(this.#reader);
    }
    return undefined;
  }

  #readName(): Name | undefined {
    const byteCount = readKeyHeader(this.#reader);
    const fields = this.#ascending;
    for (let tried = 0; tried < fields.length; tried += 1) {
      const field = fields[this.#at] as Field<Name>;
      this.#at = this.#at + 1 === fields.length ? 0 : this.#at + 1;
      if (field.key.length === byteCount && this.#reader.skipIf(field.key)) return field.name;
    }
    this.#reader.skip(byteCount);
    return undefined;
  }
}
