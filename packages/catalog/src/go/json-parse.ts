import { decodeText, encodeText } from '@hobnob/gossip/codec';
import { InputError, type InputErrorCode } from './input-error.ts';
import { quote } from './strconv.ts';

/** A number as it was written: who reads it decides how exact it must be. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object as it was written: keys in order, equal ones included, and no prototype that a key could reach. */
export class JsonObject {
  readonly keys: string[] = [];
  readonly values: JsonNode[] = [];
}

/** A value of JSON as it was parsed: numbers keep their digits, objects their order and repeated keys. */
export type JsonNode = null | boolean | string | JsonNumber | JsonObject | readonly JsonNode[];

/** Lists and objects inside one another. Go stops at 10,000; reading must not exhaust our stack. */
export const jsonDepthMax = 500;

/**
 * The first JSON value of a text; what follows it is not read, as Go's decoder does not.
 * Source: Go 1.15 encoding/json, scanner.go.
 * @throws InputError INPUT_SYNTAX with Go's text, INPUT_LIMIT beyond {@link jsonDepthMax}.
 */
export function parseJson(bytes: Uint8Array): JsonNode {
  return new JsonParser(decodeText(bytes)).first();
}

/**
 * The one JSON value of a text: what follows it is an error, as for Go's Unmarshal.
 * Source: Go 1.15 encoding/json, scanner.go.
 * @throws InputError INPUT_SYNTAX with Go's text, INPUT_LIMIT beyond {@link jsonDepthMax}.
 */
export function parseWholeJson(bytes: Uint8Array): JsonNode {
  return new JsonParser(decodeText(bytes)).whole();
}

/** A body of half a megabyte has 170,000 of them, and nobody changes what was parsed. */
const emptyObject = new JsonObject();

const literals: Readonly<Record<string, readonly [string, boolean | null]>> = {
  t: ['true', true],
  f: ['false', false],
  n: ['null', null],
};
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
const quoteCode = 0x22;
const backslashCode = 0x5c;
const loneSurrogate = /\p{Surrogate}/u;
const loneSurrogates = /\p{Surrogate}/gu;
/** What Go reads where text is not UTF-8. */
const replacement = '\ufffd';

class JsonParser {
  readonly #text: string;
  /** Whether bytes that are no UTF-8 stand in the text, each as half a surrogate pair. */
  readonly #isBroken: boolean;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#isBroken = loneSurrogate.test(text);
  }

  first(): JsonNode {
    this.#skipSpace();
    if (this.#at >= this.#text.length) throw new InputError('INPUT_SYNTAX', 'EOF');
    return this.#value();
  }

  whole(): JsonNode {
    let value: JsonNode;
    try {
      value = this.#value();
    } catch (error) {
      const isCut = error instanceof InputError && this.#at >= this.#text.length;
      throw isCut ? new InputError('INPUT_SYNTAX', 'unexpected end of JSON input') : error;
    }
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected('after top-level value');
    return value;
  }

  #value(): JsonNode {
    this.#skipSpace();
    const char = this.#text[this.#at] ?? '';
    if (char === '"') return this.#string();
    if (char === '{' || char === '[') return this.#nested(char);
    if (char === '-' || (char >= '0' && char <= '9')) return this.#number();
    const literal = Object.hasOwn(literals, char) ? literals[char] : undefined;
    if (literal === undefined) throw this.#unexpected('looking for beginning of value');
    return this.#literal(...literal);
  }

  #nested(open: '{' | '['): JsonNode {
    this.#depth += 1;
    if (this.#depth > jsonDepthMax) throw this.#unexpected('exceeded max depth', 'INPUT_LIMIT');
    this.#at += 1;
    const value = open === '{' ? this.#object() : this.#list();
    this.#depth -= 1;
    return value;
  }

  #object(): JsonObject {
    if (this.#skipIf('}')) return emptyObject;
    const object = new JsonObject();
    for (;;) {
      if (this.#text[this.#at] !== '"') throw this.#unexpected('looking for beginning of object key string');
      object.keys.push(this.#string());
      if (!this.#skipIf(':')) throw this.#unexpected('after object key');
      object.values.push(this.#value());
      if (this.#skipIf('}')) return object;
      if (!this.#skipIf(',')) throw this.#unexpected('after object key:value pair');
      this.#skipSpace();
    }
  }

  #list(): readonly JsonNode[] {
    const items: JsonNode[] = [];
    if (this.#skipIf(']')) return items;
    for (;;) {
      items.push(this.#value());
      if (this.#skipIf(']')) return items;
      if (!this.#skipIf(',')) throw this.#unexpected('after array element');
    }
  }

  #literal(word: string, value: boolean | null): boolean | null {
    for (let i = 1; i < word.length; i += 1) {
      this.#at += 1;
      if (this.#text[this.#at] !== word[i])
        throw this.#unexpected(`in literal ${word} (expecting '${word[i]}')`);
    }
    this.#at += 1;
    return value;
  }

  #number(): JsonNumber {
    const start = this.#at;
    if (this.#text[this.#at] === '-') this.#at += 1;
    if (this.#text[this.#at] === '0') this.#at += 1;
    else this.#digits('in numeric literal');
    if (this.#text[this.#at] === '.') {
      this.#at += 1;
      this.#digits('after decimal point in numeric literal');
    }
    if (this.#text[this.#at] === 'e' || this.#text[this.#at] === 'E') {
      this.#at += 1;
      if (this.#text[this.#at] === '+' || this.#text[this.#at] === '-') this.#at += 1;
      this.#digits('in exponent of numeric literal');
    }
    return new JsonNumber(this.#text.slice(start, this.#at));
  }

  #digits(context: string): void {
    const start = this.#at;
    while (this.#isDigit()) this.#at += 1;
    if (this.#at === start) throw this.#unexpected(context);
  }

  #isDigit(): boolean {
    const code = this.#text.charCodeAt(this.#at);
    return code >= 0x30 && code <= 0x39;
  }

  #string(): string {
    let value = '';
    let hasEscape = false;
    for (let start = this.#at + 1; ; start = this.#at) {
      const end = this.#plainEnd(start);
      const piece = this.#text.slice(start, end);
      value += this.#isBroken ? piece.replace(loneSurrogates, replacement) : piece;
      this.#at = end;
      const code = this.#text.charCodeAt(end);
      if (code === quoteCode) {
        this.#at += 1;
        return hasEscape ? value.replace(loneSurrogates, replacement) : value;
      }
      if (code !== backslashCode) throw this.#unexpected('in string literal');
      value += this.#escape();
      hasEscape = true;
    }
  }

  /** Where a string's next quote, escape or control character is, or the end of the text. */
  #plainEnd(start: number): number {
    for (let at = start; at < this.#text.length; at += 1) {
      const code = this.#text.charCodeAt(at);
      if (code === quoteCode || code === backslashCode || code < 0x20) return at;
    }
    return this.#text.length;
  }

  #escape(): string {
    this.#at += 1;
    const char = this.#text[this.#at] ?? '';
    if (char === 'u') return this.#unicodeEscape();
    const value = Object.hasOwn(escapes, char) ? escapes[char] : undefined;
    if (value === undefined) throw this.#unexpected('in string escape code');
    this.#at += 1;
    return value;
  }

  #unicodeEscape(): string {
    const start = this.#at + 1;
    for (let i = 0; i < 4; i += 1) {
      this.#at = start + i;
      if (!/^[0-9a-fA-F]$/.test(this.#text[this.#at] ?? '')) {
        throw this.#unexpected('in \\u hexadecimal character escape');
      }
    }
    this.#at = start + 4;
    return String.fromCharCode(Number.parseInt(this.#text.slice(start, start + 4), 16));
  }

  #skipIf(char: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== char) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #unexpected(context: string, code: InputErrorCode = 'INPUT_SYNTAX'): InputError {
    if (this.#at >= this.#text.length) return new InputError('INPUT_SYNTAX', 'unexpected EOF');
    return new InputError(code, `invalid character ${this.#byteHere()} ${context}`);
  }

  /** The byte at the error between quotes, as Go prints it: the first one of a character that has several. */
  #byteHere(): string {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0);
    if (char === "'") return "'\\''";
    if (char === '"') return `'"'`;
    return `'${quote(String.fromCharCode(encodeText(char)[0] ?? 0)).slice(1, -1)}'`;
  }
}
