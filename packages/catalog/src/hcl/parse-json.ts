import { Fault } from './hcl-error.ts';
import { withLabels } from './json-labels.ts';
import { type JsonToken, JsonTokenizer } from './json-tokens.ts';
import { depthMax, type Entry, type ListNode, type Node, type ObjectNode } from './tree.ts';

/**
 * The entries of a text in JSON as hcl v1.0.0 reads it: what follows the outermost object is not read, truth values in lists and the
 * brackets of inner lists are passed over, and objects of objects become blocks with labels.
 * @throws Fault.
 */
export function parseJson(text: string): readonly Entry[] {
  return withLabels(new JsonParser(text).run());
}

class JsonParser {
  readonly #tokens: JsonTokenizer;
  #token: JsonToken;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = new JsonTokenizer(text);
    this.#token = { type: 'end', at: 0, text: '' };
  }

  run(): readonly Entry[] {
    this.#next();
    return this.#object().entries;
  }

  /** What follows an opening brace. Anything that is no comma ends it. */
  #object(): ObjectNode {
    const { at } = this.#token;
    const entries: Entry[] = [];
    if (this.#depth === depthMax) {
      this.#token = { type: 'end', at, text: '' };
      throw new Fault(at, `nested deeper than ${depthMax} levels`);
    }
    this.#depth += 1;
    const depth = this.#depth;
    try {
      for (;;) {
        const entry = this.#entry();
        if (entry === undefined) break;
        entries.push(entry);
        if (this.#next().type !== ',') break;
      }
    } catch (error) {
      // hcl forgets a fault at a closing brace; a comma before it is the usual one.
      if (!(error instanceof Fault) || this.#token.type !== '}') throw error;
    }
    this.#depth = depth - 1;
    return { type: 'object', at, entries };
  }

  /** The next key with its value; undefined when the text ends before either. */
  #entry(): Entry | undefined {
    const keys: string[] = [];
    let token = this.#next();
    const { at } = token;
    for (; token.type === 'text'; token = this.#next()) {
      if (keys.push(token.text) > depthMax) throw new Fault(at, `more than ${depthMax} keys in a row`);
    }
    if (token.type === 'end' || (token.type === '}' && keys.length === 0)) return undefined;
    if (token.type !== ':' || keys.length === 0)
      throw new Fault(token.at, 'expected a key in quotes and a colon');
    const value = this.#value();
    return value === undefined ? undefined : { keys, at, value };
  }

  /** A value; undefined at the end of the text. */
  #value(): Node | undefined {
    const token = this.#next();
    switch (token.type) {
      case 'text':
      case 'integer':
      case 'float':
      case 'bool':
        return { type: token.type, at: token.at, text: token.text };
      case 'null':
        return { type: 'text', at: token.at, text: '' };
      case '{':
        return this.#object();
      case '[':
        return this.#list();
      case 'end':
        return undefined;
      default:
        throw new Fault(token.at, 'expected a value');
    }
  }

  #list(): ListNode {
    const { at } = this.#token;
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#next();
      switch (token.type) {
        case 'text':
        case 'integer':
        case 'float':
          nodes.push({ type: token.type, at: token.at, text: token.text });
          break;
        case '{':
          nodes.push(this.#object());
          break;
        case ',':
        case 'bool':
        case '[':
          break;
        case ']':
          return { type: 'list', at, nodes };
        default:
          throw new Fault(token.at, 'expected an element of the list, or ]');
      }
    }
  }

  #next(): JsonToken {
    // What cannot be read is not forgiven, whatever stood before it.
    this.#token = { type: 'end', at: this.#token.at, text: '' };
    this.#token = this.#tokens.next();
    return this.#token;
  }
}
