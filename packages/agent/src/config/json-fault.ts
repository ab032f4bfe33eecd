/** Where a text stops being JSON, and what is wrong there. Lines and columns count from 1, columns in code points. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}

/** Whole tokens at the place where the pattern is asked. */
const space = /[ \t\n\r]*/y;
/** Everything from the space on, without the quote and the backslash. */
const plainText = /[ !#-[\]-\uffff]*/y;
const escapeSequence = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/**
 * The first fault of a text that JSON.parse refuses; undefined when there is none. Node's own messages name no
 * place when a text ends too early, and no line in its older versions. Keeps a stack of its own: no nesting is too
 * deep.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  const scanner = new Scanner(text);
  const fault = scanner.run();
  if (fault === undefined) return undefined;
  const before = text.slice(0, fault.at).split('\n');
  return { line: before.length, column: [...(before.at(-1) ?? '')].length + 1, reason: fault.reason };
}

interface Fault {
  /** In UTF-16 units. */
  readonly at: number;
  readonly reason: string;
}

/** What may come next. `first` stands behind an opening bracket, where the closing one may follow. */
type State = 'value' | 'first-element' | 'first-key' | 'key' | 'after';

class Scanner {
  readonly #text: string;
  /** The brackets that are open. */
  readonly #open: ('[' | '{')[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  run(): Fault | undefined {
    let state: State = 'value';
    for (;;) {
      this.#match(space);
      if (state === 'after' && this.#open.length === 0) {
        return this.#at === this.#text.length ? undefined : this.#fault('nothing may follow the value');
      }
      const next: State | Fault = this.#step(state);
      if (typeof next === 'object') return next;
      state = next;
    }
  }

  #step(state: State): State | Fault {
    const character = this.#text[this.#at];
    const innermost = this.#open.at(-1);
    if (character === undefined) return this.#fault('the text ends too early');
    if (state === 'after') {
      if (this.#closes(character)) return this.#close();
      if (character !== ',') return this.#fault(`expected , or ${innermost === '[' ? ']' : '}'}`);
      this.#at += 1;
      return innermost === '[' ? 'value' : 'key';
    }
    if (state !== 'value' && state !== 'key' && this.#closes(character)) return this.#close();
    if (state === 'key' || state === 'first-key') return this.#key();
    return this.#value(character);
  }

  #value(character: string): State | Fault {
    if (character === '[' || character === '{') {
      this.#open.push(character);
      this.#at += 1;
      return character === '[' ? 'first-element' : 'first-key';
    }
    if (character === '"') return this.#string() ?? 'after';
    return this.#match(scalar) ? 'after' : this.#fault('expected a value');
  }

  #key(): State | Fault {
    if (this.#text[this.#at] !== '"') return this.#fault('expected a key in double quotes');
    const fault = this.#string();
    if (fault !== undefined) return fault;
    this.#match(space);
    if (this.#text[this.#at] !== ':') return this.#fault('expected : behind the key');
    this.#at += 1;
    return 'value';
  }

  #string(): Fault | undefined {
    this.#at += 1;
    do this.#match(plainText);
    while (this.#match(escapeSequence));
    const character = this.#text[this.#at];
    if (character === undefined) return this.#fault('the string does not end');
    if (character === '\\') return this.#fault('there is no such escape');
    if (character !== '"')
      return this.#fault('the string does not end in its line, or holds a control character');
    this.#at += 1;
    return undefined;
  }

  #closes(character: string): boolean {
    const innermost = this.#open.at(-1);
    return (innermost === '[' && character === ']') || (innermost === '{' && character === '}');
  }

  #close(): State {
    this.#open.pop();
    this.#at += 1;
    return 'after';
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #fault(reason: string): Fault {
    return { at: this.#at, reason };
  }
}
