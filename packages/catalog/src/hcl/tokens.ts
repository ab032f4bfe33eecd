import { Fault } from './hcl-error.ts';
import { heredocText, unquote } from './strings.ts';
import type { Literal } from './tree.ts';

/** `word` is a key without quotes; `sign` is a character that belongs to no value: a plus, a minus, a period. */
export type TokenType = Literal['type'] | 'word' | '[' | ']' | '{' | '}' | ',' | '=' | 'sign' | 'end';

/** The smallest part of a text; `text` of a string or heredoc is what it stands for. */
export interface Token {
  readonly type: TokenType;
  readonly at: number;
  readonly text: string;
}

const space = /[ \t\n\r]*/y;
const lineComment = /(?:#|\/\/)[^\n]*/y;
const word = /[\p{L}_][\p{L}\p{Nd}_.-]*/uy;
const number = /-?(?:0[xX][0-9a-fA-F]*|[0-9]+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?)|\.[0-9]+[eE]?/y;
/** Characters of a quoted text that need no look. */
const plainText = /[^"\\\n${}]+/y;
const escapeForm = /\\(?:[abfnrtv\\"]|[0-7]{3}|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/y;
const heredocStart = /<<(-?)([\p{L}\p{Nd}_]+)\r?\n/uy;
const punctuation: ReadonlySet<string> = new Set(['[', ']', '{', '}', ',', '=']);
/** hcl uses U+E123 itself, and reads U+0000 as the end. */
const forbidden = /[\0\ue123]/;
const unending = 'the heredoc does not end: its mark has to stand alone on a line';

/** Reads tokens one after the other. Each character is looked at a fixed number of times. Source: hcl v1.0.0, hcl/scanner. */
export class Tokenizer {
  readonly #text: string;
  #at = 0;

  /** @throws Fault when a character stands in the text that may stand nowhere. */
  constructor(text: string) {
    this.#text = text;
    const at = text.search(forbidden);
    if (at >= 0) throw new Fault(at, 'this character may not stand in HCL');
  }

  /** The next token; behind the last one the end, again and again. @throws Fault. */
  next(): Token {
    this.#skip();
    const at = this.#at;
    const first = this.#text[at];
    if (first === undefined) return { type: 'end', at, text: '' };
    if (punctuation.has(first)) {
      this.#at += 1;
      return { type: first as TokenType, at, text: first };
    }
    if (first === '"') return { type: 'text', at, text: this.#string() };
    if (first === '<') return { type: 'heredoc', at, text: this.#heredoc() };
    const name = this.#match(word);
    if (name !== undefined)
      return { type: name === 'true' || name === 'false' ? 'bool' : 'word', at, text: name };
    const digits = this.#match(number);
    if (digits !== undefined) return this.#number(at, digits);
    if (first !== '.' && first !== '+' && first !== '-')
      throw new Fault(at, 'this character means nothing here');
    this.#at += 1;
    return { type: 'sign', at, text: first };
  }

  /** Blanks and comments. */
  #skip(): void {
    for (;;) {
      this.#match(space);
      const character = this.#text[this.#at];
      if (character !== '#' && character !== '/') return;
      if (this.#match(lineComment) !== undefined) continue;
      if (!this.#text.startsWith('/*', this.#at)) {
        throw new Fault(this.#at, 'a comment begins with #, // or /*');
      }
      const end = this.#text.indexOf('*/', this.#at + 2);
      if (end < 0) throw new Fault(this.#at, 'the comment does not end');
      this.#at = end + 2;
    }
  }

  #number(at: number, text: string): Token {
    const isHex = /^-?0x/i.test(text);
    if (isHex ? /x$/i.test(text) : /[eE][+-]?$/.test(text))
      throw new Fault(at, `the number ${text} ends too early`);
    const isInteger = isHex || /^-?[0-9]+$/.test(text);
    if (isInteger && /^-?0[0-9]+[89]/.test(text)) {
      throw new Fault(at, `${text} is no octal number, as its first digit promises`);
    }
    return { type: isInteger ? 'integer' : 'float', at, text };
  }

  /** Quotes and line ends in a template `${...}` belong to it. */
  #string(): string {
    const start = this.#at;
    let braces = 0;
    this.#at += 1;
    for (;;) {
      const plain = this.#match(plainText);
      // hcl takes it for the trace of bytes that were no text.
      if (braces > 0 && plain?.includes('\ufffd'))
        throw new Fault(start, 'U+FFFD may not stand in a template');
      const character = this.#text[this.#at];
      if (character === undefined || (character === '\n' && braces === 0)) {
        throw new Fault(start, 'the text in quotes does not end in its line');
      }
      if (character === '\\') {
        if (this.#match(escapeForm) === undefined) throw new Fault(this.#at, 'there is no such escape');
        continue;
      }
      this.#at += 1;
      if (character === '"' && braces === 0) break;
      if (braces > 0) braces += character === '{' ? 1 : character === '}' ? -1 : 0;
      else if (character === '$' && this.#text[this.#at] === '{') {
        braces = 1;
        this.#at += 1;
      }
    }
    const value = unquote(this.#text.slice(start + 1, this.#at - 1), true);
    if (value === undefined) throw new Fault(start, 'an escape in this text names no character');
    return value;
  }

  #heredoc(): string {
    const at = this.#at;
    heredocStart.lastIndex = at;
    const opening = heredocStart.exec(this.#text);
    if (opening === null)
      throw new Fault(at, 'a heredoc begins with <<MARK or <<-MARK alone at the end of a line');
    const [line, dash = '', mark = ''] = opening;
    const start = at + line.length;
    // A closing line shorter than the mark with its dash is none: `<<-EOF` does not end at an EOF without a blank.
    const lengthMin = dash.length + mark.length;
    for (let lineStart = start; ; ) {
      const lineEnd = this.#text.indexOf('\n', lineStart);
      if (lineEnd < 0) throw new Fault(at, unending);
      const indent = lineEnd - lineStart < lengthMin ? undefined : this.#markIndent(lineStart, lineEnd, mark);
      if (indent !== undefined) {
        this.#at = lineEnd + 1;
        return heredocText(this.#text.slice(start, lineStart + indent), dash !== '');
      }
      lineStart = lineEnd + 1;
    }
  }

  /** How many blanks stand before `mark` in a line that holds nothing else; undefined for other lines. */
  #markIndent(lineStart: number, lineEnd: number, mark: string): number | undefined {
    let end = lineEnd;
    while (end > lineStart && this.#text[end - 1] === '\r') end -= 1;
    const markStart = end - mark.length;
    if (markStart < lineStart || !this.#text.startsWith(mark, markStart)) return undefined;
    return /^[\t\n\v\f\r ]*$/.test(this.#text.slice(lineStart, markStart))
      ? markStart - lineStart
      : undefined;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
