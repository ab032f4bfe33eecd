import { Fault } from './hcl-error.ts';
import { type Token, Tokenizer } from './tokens.ts';
import { depthMax, type Entry, type ListNode, type Node, type ObjectNode } from './tree.ts';

/**
 * The entries of a text in HCL's own syntax, with lines that end in a line feed. Takes what hcl v1.0.0 takes, its leniencies included: a last key without a value is
 * dropped, and so is what is wrong directly before two closing braces.
 * @throws Fault.
 */
export function parseNative(text: string): readonly Entry[] {
  return new Parser(text).run();
}

class Parser {
  readonly #tokens: Tokenizer;
  #token: Token;
  /** The token is the next one as well. */
  #isPeeked = false;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = new Tokenizer(text);
    this.#token = { type: 'end', at: 0, text: '' };
  }

  run(): readonly Entry[] {
    const entries: Entry[] = [];
    this.#entries(entries, false);
    return entries;
  }

  /** Collects entries up to the end, or up to the brace that closes an object. */
  #entries(into: Entry[], isObject: boolean): void {
    for (;;) {
      if (isObject && this.#peek().type === '}') return;
      const entry = this.#entry();
      if (entry === undefined) return;
      into.push(entry);
      if (this.#peek().type === ',') this.#next();
    }
  }

  /** The next key with its value; undefined when the text ends before either. */
  #entry(): Entry | undefined {
    const keys: string[] = [];
    let token = this.#next();
    const { at } = token;
    for (; token.type === 'word' || token.type === 'text'; token = this.#next()) keys.push(token.text);
    const [first] = keys;
    if (first === undefined) {
      if (token.type === 'end') return undefined;
      throw new Fault(token.at, `expected a key, got ${shown(token)}`);
    }
    if (token.type === '=') {
      if (keys.length > 1) throw new Fault(token.at, `a key with labels needs { and no =: ${named(keys)}`);
      const value = this.#value();
      return value === undefined ? undefined : { keys, at, value };
    }
    if (token.type === '{') return { keys, at, value: this.#object(keys.length) };
    // Here a closing brace excuses nothing; see #object.
    if (token.type === '}') this.#token = { type: 'end', at: token.at, text: '' };
    throw new Fault(token.at, `expected = or { behind the key ${named(keys)}, got ${shown(token)}`);
  }

  /** A value; undefined at the end of the text. */
  #value(): Node | undefined {
    const token = this.#next();
    switch (token.type) {
      case 'text':
      case 'heredoc':
      case 'integer':
      case 'float':
      case 'bool':
        return { type: token.type, at: token.at, text: token.text };
      case '{':
        return this.#object(1);
      case '[':
        return this.#list();
      case 'end':
        return undefined;
      default:
        throw new Fault(token.at, `expected a value, got ${shown(token)}`);
    }
  }

  /** What follows an opening brace. `levels` is how deep its entries are below the present ones. */
  #object(levels: number): ObjectNode {
    const { at } = this.#token;
    const entries: Entry[] = [];
    const depth = this.#enter(levels);
    let forgiven: Fault | undefined;
    try {
      this.#entries(entries, true);
    } catch (error) {
      // hcl forgets a fault at a closing brace, and wants another brace instead.
      if (!(error instanceof Fault) || this.#token.type !== '}' || this.#isPeeked) throw error;
      forgiven = error;
    }
    this.#depth = depth;
    const token = this.#next();
    if (token.type !== '}') throw forgiven ?? new Fault(token.at, `expected }, got ${shown(token)}`);
    return { type: 'object', at, entries };
  }

  /** What follows an opening bracket. Commas may be doubled, and none is needed behind a list. */
  #list(): ListNode {
    const { at } = this.#token;
    const nodes: Node[] = [];
    const depth = this.#enter(1);
    let needsComma = false;
    for (;;) {
      const token = this.#next();
      if (token.type === ']') break;
      if (token.type === ',') {
        needsComma = false;
        continue;
      }
      if (needsComma) throw new Fault(token.at, `expected , or ], got ${shown(token)}`);
      this.#isPeeked = true;
      const node = this.#value();
      if (node === undefined) throw new Fault(token.at, 'the list does not end');
      nodes.push(node);
      needsComma = node.type !== 'list';
    }
    this.#depth = depth;
    return { type: 'list', at, nodes };
  }

  /** Returns the depth to go back to. */
  #enter(levels: number): number {
    const depth = this.#depth;
    this.#depth += levels;
    if (this.#depth > depthMax) {
      this.#token = { type: 'end', at: this.#token.at, text: '' };
      throw new Fault(this.#token.at, `nested deeper than ${depthMax} levels`);
    }
    return depth;
  }

  #next(): Token {
    if (this.#isPeeked) {
      this.#isPeeked = false;
    } else {
      // What cannot be read is not forgiven, whatever stood before it.
      this.#token = { type: 'end', at: this.#token.at, text: '' };
      this.#token = this.#tokens.next();
    }
    return this.#token;
  }

  #peek(): Token {
    const token = this.#next();
    this.#isPeeked = true;
    return token;
  }
}

function shown({ type, text }: Token): string {
  if (type === 'end') return 'the end of the text';
  if (type === 'heredoc') return 'a heredoc';
  return type === 'text' ? 'a text in quotes' : named([text]);
}

/** The beginning of a key with its labels, enough to find it. */
function named(keys: readonly string[]): string {
  const text = keys.slice(0, keysShown).join(' ');
  return text.length <= lengthShown ? text : `${text.slice(0, lengthShown)}...`;
}

const keysShown = 10;
const lengthShown = 60;
