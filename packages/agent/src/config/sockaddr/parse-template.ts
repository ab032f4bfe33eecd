import { quote } from '@hobnob/catalog/go';
import { TemplateFault } from './template-fault.ts';
import { unquote } from './unquote.ts';

/** One operand of a command. `all` is the dot: every address of this machine. */
export type Word =
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly commands: Pipeline }
  | { readonly kind: 'all' };

/** A function with its arguments, or one constant. */
export interface Command {
  readonly first: Word;
  readonly rest: readonly Word[];
}

/** Each command takes the result of the one before it as its last argument. */
export type Pipeline = readonly Command[];

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly commands: Pipeline };

const nestingMax = 100;
const keywords = /^(?:if|else|end|range|with|define|block|template|nil|true|false)$/;
const unclosed = 'unexpected unclosed action in command';

/**
 * Parses what address templates use of Go's language: text, pipelines between `{{` and `}}`, trim markers, comments, quoted
 * and raw strings, whole numbers, the dot and parentheses. Source: Go text/template.
 * @throws TemplateFault for anything else.
 */
export function parseTemplate(text: string): readonly Part[] {
  const parts: Part[] = [];
  const scanner = new Scanner(text);
  let trimsNext = false;
  while (!scanner.isAtEnd) {
    const before = scanner.take(/.*?(?=\{\{|$)/sy) ?? '';
    const trimmed = trimsNext ? before.replace(/^[ \t\r\n]+/, '') : before;
    const opening = scanner.take(/\{\{(?:- )?/y);
    const kept = opening === '{{- ' ? trimmed.replace(/[ \t\r\n]+$/, '') : trimmed;
    if (kept !== '') parts.push({ kind: 'text', text: kept });
    if (opening === undefined) break;
    if (scanner.take(/\/\*/y) === undefined) {
      parts.push({ kind: 'action', commands: parsePipeline(scanner, 0) });
    } else if (scanner.take(/.*?\*\//sy) === undefined) {
      throw new TemplateFault('unexpected unclosed comment in input');
    }
    const closing = scanner.take(/(?: -)?\}\}/y);
    if (closing === undefined) throw scanner.unexpected();
    trimsNext = closing === ' -}}';
  }
  return parts;
}

function parsePipeline(scanner: Scanner, depth: number): Pipeline {
  if (depth > nestingMax) throw new TemplateFault('parentheses are nested too deeply');
  const commands: Command[] = [];
  do {
    const words = parseWords(scanner, depth);
    const [first, ...rest] = words;
    if (first !== undefined) {
      commands.push({ first, rest });
    } else if (commands.length === 0) {
      throw new TemplateFault('missing value for command');
    }
    if (commands.length > 1 && first !== undefined && first.kind !== 'function') {
      throw new TemplateFault(`non executable command in pipeline stage ${commands.length}`);
    }
    if (first !== undefined && first.kind !== 'function' && rest.length > 0) {
      throw new TemplateFault("can't give an argument to what is no function");
    }
  } while (scanner.take(/\|/y) !== undefined);
  return commands;
}

function parseWords(scanner: Scanner, depth: number): readonly Word[] {
  const words: Word[] = [];
  for (;;) {
    scanner.take(/(?:(?! -\}\})[ \t])+/y);
    if (scanner.sees(/ -\}\}|\}\}|\||\)/y)) return words;
    words.push(parseWord(scanner, depth));
    if (!scanner.sees(/[ \t|)]|\}\}/y)) throw scanner.unexpected();
  }
}

function parseWord(scanner: Scanner, depth: number): Word {
  if (scanner.take(/\(/y) !== undefined) {
    const commands = parsePipeline(scanner, depth + 1);
    if (scanner.take(/\)/y) === undefined) throw new TemplateFault('unclosed left paren');
    return { kind: 'pipeline', commands };
  }
  const raw = scanner.take(/`[^`]*`/y);
  if (raw !== undefined) return { kind: 'text', value: raw.slice(1, -1) };
  const quoted = scanner.take(/"(?:[^"\\\n]|\\.)*"/y);
  if (quoted !== undefined) return { kind: 'text', value: unquote(quoted.slice(1, -1)) };
  const digits = scanner.take(/[+-]?\d+(?![\w.])/y);
  if (digits !== undefined) return wholeNumber(digits);
  const name = scanner.take(/[\p{L}_][\p{L}\p{Nd}_]*/uy);
  if (name !== undefined) {
    if (keywords.test(name))
      throw new TemplateFault(`${quote(name)} of Go's templates is not evaluated here`);
    return { kind: 'function', name };
  }
  if (scanner.take(/\.(?![\w.])/y) !== undefined) return { kind: 'all' };
  throw scanner.unexpected();
}

function wholeNumber(digits: string): Word {
  const value = Number(digits);
  if (!Number.isSafeInteger(value)) throw new TemplateFault(`integer overflow: ${quote(digits)}`);
  return { kind: 'number', value };
}

/** A place in the text. Every expression has the flag `y`. */
class Scanner {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.#position === this.#text.length;
  }

  sees(expression: RegExp): boolean {
    expression.lastIndex = this.#position;
    return expression.test(this.#text);
  }

  /** The text that the expression matches here, which is then behind us. */
  take(expression: RegExp): string | undefined {
    expression.lastIndex = this.#position;
    const [found] = expression.exec(this.#text) ?? [];
    this.#position += found?.length ?? 0;
    return found;
  }

  unexpected(): TemplateFault {
    if (this.isAtEnd || this.sees(/[\r\n]/y)) return new TemplateFault(unclosed);
    if (this.sees(/["`]/y)) return new TemplateFault('unexpected unterminated quoted string in command');
    const word = this.take(/[^\s|(){}]+|./sy) ?? '';
    return new TemplateFault(`unexpected ${quote(word)}, which is not evaluated here`);
  }
}
