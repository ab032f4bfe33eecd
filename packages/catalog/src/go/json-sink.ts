import { encodeText } from '@hobnob/gossip/codec';

/** JSON as Go's encoding/json writes it, as growing bytes: safe inside HTML, and numbers in Go's form. */

/** Longer texts are escaped as a whole instead of character by character. */
const loopLengthMax = 512;
/** The most bytes that one UTF-16 unit can become: `\u2028`. */
const bytesPerUnitMax = 6;
/** Up to here digits are computed with integers of 32 bits. */
const smallMax = 999_999_999;
/** A sink larger than this gives its memory back when its bytes are taken. */
const keptBytesMax = 1 << 20;

const toEscape = /[\p{Cc}"\\<>&\u2028\u2029\p{Surrogate}]/gu;
const shortEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const quoteByte = 0x22;
const noLabel = new Uint8Array(0);

/** What the ASCII characters are inside a JSON text; undefined for those that stand for themselves. */
const asciiEscapes: readonly (Uint8Array | undefined)[] = Array.from({ length: 0x80 }, (_, code) => {
  const char = String.fromCharCode(code);
  const escaped = char.replace(toEscape, escapeOf);
  return escaped === char ? undefined : Buffer.from(escaped);
});
/** 1 for the ASCII characters that stand for themselves. */
const plain = Uint8Array.from(asciiEscapes, (escaped) => (escaped === undefined ? 1 : 0));

/** Collects the bytes of a JSON text. */
export class JsonSink {
  #bytes = Buffer.allocUnsafeSlow(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Bytes that are JSON already: brackets, names of fields, white space. */
  raw(source: Uint8Array): void {
    const count = source.length;
    this.#reserve(count);
    const bytes = this.#bytes;
    const at = this.#length;
    for (let i = 0; i < count; i += 1) bytes[at + i] = source[i] as number;
    this.#length = at + count;
  }

  /** One byte of ASCII that is JSON already. */
  byte(code: number): void {
    this.#reserve(1);
    this.#bytes[this.#length] = code;
    this.#length += 1;
  }

  /** A number without a fraction, of any size. */
  integer(value: number): void {
    if (value < 0 || value > smallMax) {
      this.ascii(String(value));
      return;
    }
    let digits = 1;
    for (let limit = 10; limit <= value; limit *= 10) digits += 1;
    this.#reserve(digits);
    let at = this.#length + digits;
    this.#length = at;
    let rest = value;
    do {
      const tens = (rest / 10) | 0;
      at -= 1;
      this.#bytes[at] = 0x30 + (rest - tens * 10);
      rest = tens;
    } while (rest > 0);
  }

  /** ASCII that is JSON already: numbers, words. */
  ascii(text: string): void {
    const count = text.length;
    this.#reserve(count);
    const bytes = this.#bytes;
    const at = this.#length;
    for (let i = 0; i < count; i += 1) bytes[at + i] = text.charCodeAt(i);
    this.#length = at + count;
  }

  /** A text between quotes. Bytes that are no UTF-8, see `decodeText`, are written as U+FFFD. */
  text(text: string): void {
    this.labelledText(noLabel, text);
  }

  /** As {@link raw} of the label and {@link text}, in one step: most of what records have. */
  labelledText(label: Uint8Array, text: string): void {
    const count = text.length;
    if (count > loopLengthMax) {
      this.raw(label);
      this.byte(quoteByte);
      this.#escaped(text, 0);
      return;
    }
    const labelCount = label.length;
    this.#reserve(labelCount + 2 + count * bytesPerUnitMax);
    const bytes = this.#bytes;
    let at = this.#length;
    for (let i = 0; i < labelCount; i += 1) bytes[at + i] = label[i] as number;
    at += labelCount;
    bytes[at] = quoteByte;
    at += 1;
    for (let i = 0; i < count; i += 1) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) {
        this.#length = at;
        this.#escaped(text, i);
        return;
      }
      if (plain[code] === 1) {
        bytes[at] = code;
        at += 1;
      } else {
        const escaped = asciiEscapes[code] as Uint8Array;
        for (let j = 0; j < escaped.length; j += 1) bytes[at + j] = escaped[j] as number;
        at += escaped.length;
      }
    }
    bytes[at] = quoteByte;
    this.#length = at + 1;
  }

  /** Forgets what a writer that failed has left. */
  clear(): void {
    this.#length = 0;
  }

  /** Everything written, as bytes of their own; the sink is empty afterwards. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.#length);
    this.#bytes.copy(taken, 0, 0, this.#length);
    this.#length = 0;
    if (this.#bytes.length > keptBytesMax) this.#bytes = Buffer.allocUnsafeSlow(1024);
    return taken;
  }

  /** Finishes a text of which the first `done` characters stand there already. */
  #escaped(text: string, done: number): void {
    const rest = encodeText(text.slice(done).replace(toEscape, escapeOf));
    this.#reserve(rest.length);
    this.#bytes.set(rest, this.#length);
    this.#length += rest.length;
    this.byte(quoteByte);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}

function escapeOf(char: string): string {
  const short = shortEscapes[char];
  if (short !== undefined) return short;
  const code = char.charCodeAt(0);
  if (code >= 0xd800 && code <= 0xdfff) return '\\ufffd';
  return code >= 0x7f && code < 0xa0 ? char : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A float of 64 bits as Go writes it; a negative zero keeps its sign. Go refuses what is no number; null stands for it. */
export function jsonFloat(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Where the order of UTF-16 is not that of UTF-8. */
const beyondBasic = /[\ud800-\udfff]/;

/** The keys of a map in the order of their UTF-8 bytes, as Go writes maps. */
export function sortedKeys(map: object): readonly string[] {
  const keys = Object.keys(map);
  let before = '';
  for (const key of keys) {
    if (before > key || beyondBasic.test(key)) return keys.sort(compareUtf8);
    before = key;
  }
  return keys;
}

/** Compares as the bytes of UTF-8 do, which differs from JavaScript's order only above U+D7FF. */
function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i += 1) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const isHalfX = x >= 0xd800 && x <= 0xdfff;
    const isHalfY = y >= 0xd800 && y <= 0xdfff;
    if (isHalfX !== isHalfY) return isHalfX ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
