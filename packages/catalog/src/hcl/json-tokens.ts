import { Fault } from './hcl-error.ts';
import { unquote } from './strings.ts';
import type { Literal } from './tree.ts';

/** The smallest part of a text in JSON; `text` of a string is what it stands for. */
export interface JsonToken {
  readonly type: Literal['type'] | 'null' | '[' | ']' | '{' | '}' | ',' | ':' | 'sign' | 'end';
  readonly at: number;
  readonly text: string;
}

const space = /[ \t\n\r]*/y;
const word = /[\p{L}_][\p{L}\p{Nd}_-]*/uy;
const number = /-?[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?|\.[0-9]+[eE]?/y;
const plainText = /[^"\\\n\0]+/y;
const escapeForm = /\\(?:[abfnrtv\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y;
const punctuation: ReadonlySet<string> = new Set(['[', ']', '{', '}', ',', ':']);

/** Reads tokens one after the other. Source: hcl v1.0.0, json/scanner. */
export class JsonTokenizer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token; behind the last one the end, again and again. @throws Fault. */
  next(): JsonToken {
    this.#match(space);
    const at = this.#at;
    const first = this.#text[at];
    if (first === undefined || first === '\0') return { type: 'end', at, text: '' };
    if (punctuation.has(first)) {
      this.#at += 1;
      return { type: first as JsonToken['type'], at, text: first };
    }
    if (first === '"') return { type: 'text', at, text: this.#string() };
    const name = this.#match(word);
    if (name === 'true' || name === 'false') return { type: 'bool', at, text: name };
    if (name === 'null') return { type: 'null', at, text: name };
    const digits = name === undefined ? this.#match(number) : undefined;
    if (digits !== undefined) return this.#number(at, digits);
    if (first !== '.') throw new Fault(at, `${name ?? 'this character'} means nothing in JSON`);
    this.#at += 1;
    return { type: 'sign', at, text: first };
  }

  #number(at: number, text: string): JsonToken {
    const isInteger = /^-?[0-9]+$/.test(text);
    // hcl takes a 0 at the very end for the beginning of a number.
    const isLast = this.#at === this.#text.length;
    if (isInteger && (isLast ? /^-?0/ : /^-?0./).test(text)) {
      throw new Fault(at, `the number ${text} begins with 0`);
    }
    return { type: isInteger ? 'integer' : 'float', at, text };
  }

  #string(): string {
    const start = this.#at;
    this.#at += 1;
    do this.#match(plainText);
    while (this.#match(escapeForm) !== undefined);
    const character = this.#text[this.#at];
    if (character === '\\') throw new Fault(this.#at, 'there is no such escape');
    if (character !== '"') throw new Fault(start, 'the text in quotes does not end in its line');
    this.#at += 1;
    const value = unquote(this.#text.slice(start + 1, this.#at - 1), false);
    if (value === undefined) throw new Fault(start, 'an escape in this text names no character');
    return value;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
