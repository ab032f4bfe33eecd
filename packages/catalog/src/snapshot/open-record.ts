import { Reader, ValueScanner } from '@hobnob/gossip/codec';

/** A record of which not all bytes may be there. Nothing of it is decoded before its end is found. */
export class OpenRecord {
  readonly #scanner: ValueScanner;
  #offset: number;

  /**
   * @param offset Where its value begins in its bytes.
   * @param partsMax Names and values that it may have.
   */
  constructor(offset: number, partsMax: number) {
    this.#offset = offset;
    this.#scanner = new ValueScanner(partsMax);
  }

  /** How many names and values it has, as far as it was looked at. */
  get partsCount(): number {
    return this.#scanner.tokensCount;
  }

  /**
   * Whether it ends within `bytes`, which begin with it: those of the last call, and more behind them.
   * @throws WireError WIRE_MALFORMED; WIRE_LIMIT for one that has too many parts.
   */
  isWhole(bytes: Uint8Array): boolean {
    const reader = new Reader(bytes, this.#offset);
    const isWhole = this.#scanner.scan(reader);
    this.#offset = reader.offset;
    return isWhole;
  }
}
