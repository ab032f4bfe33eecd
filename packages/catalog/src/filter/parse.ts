import { InputError } from '../go/input-error.ts';
import type { Expression, Match, MatchOperator } from './expression.ts';
import { PegText } from './peg.ts';
import { unquote } from './unquote.ts';

/** Parentheses and `not` inside one another; reading must not exhaust the stack. */
const depthMax = 100;
/** In UTF-16 units. A URL that Node accepts is shorter. */
const lengthMax = 65_536;

/**
 * Reads a filter expression. The methods follow the grammar of go-bexpr 0.1.2 rule by rule, in the order of its
 * alternatives, because its error texts name what was tried. Lists of `and` and `or` are read in loops instead of by
 * recursion, and no alternative is read twice where the grammar does: then the time grows with the length alone.
 * @throws InputError INPUT_FILTER with the text of go-bexpr, INPUT_LIMIT when it is too long or too deep.
 */
export function parseExpression(text: string): Expression {
  if (text.length > lengthMax) throw new InputError('INPUT_LIMIT', 'the filter expression is too long');
  const parser = new ExpressionParser(text);
  const expression = parser.input();
  const problem = parser.text.verdict(expression !== undefined);
  if (expression === undefined || problem !== undefined) throw new InputError('INPUT_FILTER', problem ?? '');
  return expression;
}

const isLetter = (char: string) => /[a-zA-Z]/.test(char);
const isWordCharacter = (char: string) => /[a-zA-Z0-9_]/.test(char);
const isDigit = (char: string) => char >= '0' && char <= '9';
const isDigitFrom1 = (char: string) => char >= '1' && char <= '9';
const isSpace = (char: string) => char === ' ' || char === '\t' || char === '\r' || char === '\n';

class ExpressionParser {
  readonly text: PegText;
  #depth = 0;

  constructor(text: string) {
    this.text = new PegText(text);
  }

  input(): Expression | undefined {
    return (
      this.#attempt(() => {
        this.#space();
        if (!this.text.literal('(')) return undefined;
        this.#space();
        const expression = this.#or();
        if (expression === undefined) return undefined;
        this.#space();
        if (!this.text.literal(')')) return undefined;
        this.#space();
        return this.text.atEnd() ? expression : undefined;
      }) ??
      this.#attempt(() => {
        this.#space();
        const expression = this.#or();
        if (expression === undefined) return undefined;
        this.#space();
        return this.text.atEnd() ? expression : undefined;
      })
    );
  }

  #or(): Expression | undefined {
    return this.#joined('or', () => this.#joined('and', () => this.#not()));
  }

  #joined(type: 'and' | 'or', read: () => Expression | undefined): Expression | undefined {
    const first = read();
    if (first === undefined) return undefined;
    const operands = [first];
    const next = () => (this.#space() && this.text.literal(type) && this.#space() ? read() : undefined);
    for (let more = this.#attempt(next); more !== undefined; more = this.#attempt(next)) operands.push(more);
    return operands.length === 1 ? first : { type, operands };
  }

  #not(): Expression | undefined {
    const operand = this.#attempt(() =>
      this.text.literal('not') && this.#space() ? this.#deeper(() => this.#not()) : undefined,
    );
    if (operand === undefined) return this.#parenthesized();
    return operand.type === 'not' ? operand.operand : { type: 'not', operand };
  }

  #parenthesized(): Expression | undefined {
    const start = this.text.at;
    const isOpen = this.text.literal('(');
    if (isOpen) this.#space();
    const inside = isOpen ? this.#deeper(() => this.#or()) : undefined;
    if (inside !== undefined) {
      this.#space();
      if (this.text.literal(')')) return inside;
    }
    const unmatchedAt = this.text.at;
    this.text.restore(start);
    const match = this.#match();
    if (match !== undefined || inside === undefined) return match;
    this.text.problem('grouping', 'Unmatched parentheses', unmatchedAt);
    return undefined;
  }

  #match(): Match | undefined {
    return (
      this.#attempt(() => this.#selectorOpValue()) ??
      this.#attempt(() => this.#selectorOp()) ??
      this.#attempt(() => this.#valueOpSelector())
    );
  }

  #selectorOpValue(): Match | undefined {
    const selector = this.#selector();
    if (selector === undefined) return undefined;
    const operator =
      this.#symbol('==', 'Equal') ??
      this.#symbol('!=', 'Not Equal') ??
      this.#words(['contains'], 'In', 'after') ??
      this.#words(['not', 'contains'], 'Not In', 'after') ??
      this.#words(['matches'], 'Matches', 'after') ??
      this.#words(['not', 'matches'], 'Not Matches', 'after');
    if (operator === undefined) return undefined;
    const value = this.#value();
    return value === undefined ? undefined : { type: 'match', selector, operator, value };
  }

  #selectorOp(): Match | undefined {
    const selector = this.#selector();
    if (selector === undefined) return undefined;
    const operator =
      this.#words(['is', 'empty'], 'Is Empty', 'none') ??
      this.#words(['is', 'not', 'empty'], 'Is Not Empty', 'none');
    return operator === undefined ? undefined : { type: 'match', selector, operator, value: '' };
  }

  #valueOpSelector(): Match | undefined {
    const value = this.#value();
    if (value === undefined) return undefined;
    const operator = this.#words(['in'], 'In', 'after') ?? this.#words(['not', 'in'], 'Not In', 'after');
    if (operator === undefined) return undefined;
    const selector = this.#attempt(() => this.#selector());
    if (selector !== undefined) return { type: 'match', selector, operator, value };
    if (this.text.not(() => this.#selector() !== undefined)) this.text.problem('match', 'Invalid selector');
    return undefined;
  }

  #symbol(symbol: string, operator: MatchOperator): MatchOperator | undefined {
    return this.#attempt(() => {
      this.#space();
      if (!this.text.literal(symbol)) return undefined;
      this.#space();
      return operator;
    });
  }

  /** Words with white space before each, and after the last one where `space` says so. */
  #words(
    words: readonly string[],
    operator: MatchOperator,
    space: 'after' | 'none',
  ): MatchOperator | undefined {
    return this.#attempt(() => {
      for (const word of words) if (!this.#space() || !this.text.literal(word)) return undefined;
      return space === 'none' || this.#space() ? operator : undefined;
    });
  }

  #selector(): readonly string[] | undefined {
    const first = this.#attempt(() => this.#identifier());
    if (first === undefined) return undefined;
    const selector = [first];
    const next = () => {
      const name = this.#attempt(() => (this.text.literal('.') ? this.#identifier() : undefined));
      return name ?? this.#index();
    };
    for (let more = next(); more !== undefined; more = next()) selector.push(more);
    return selector;
  }

  #identifier(): string | undefined {
    const start = this.text.at;
    if (!this.text.oneOf('[a-zA-Z]', isLetter)) return undefined;
    while (this.text.oneOf('[a-zA-Z0-9_]', isWordCharacter));
    return this.text.since(start);
  }

  #index(): string | undefined {
    const start = this.text.at;
    if (!this.text.literal('[')) return undefined;
    this.#space();
    const key = this.#string();
    if (key === undefined) {
      if (this.text.not(() => this.#string() !== undefined)) this.text.problem('index', 'Invalid index');
    } else {
      this.#space();
      if (this.text.literal(']')) return key;
      this.text.problem('index', 'Unclosed index expression');
    }
    this.text.restore(start);
    return undefined;
  }

  #value(): string | undefined {
    return this.#attempt(() => this.#selector())?.join('.') ?? this.#number() ?? this.#string();
  }

  #number(): string | undefined {
    const start = this.text.at;
    this.text.literal('-');
    if (!this.#integerOrFloat()) {
      this.text.restore(start);
      return undefined;
    }
    const isEnded = () => this.text.ahead(() => this.#space() || this.text.atEnd() || this.text.literal(')'));
    if (this.text.ahead(isEnded)) return this.text.since(start);
    if (this.text.not(isEnded)) this.text.problem('number', 'Invalid number literal');
    this.text.restore(start);
    return undefined;
  }

  #integerOrFloat(): boolean {
    if (!this.text.literal('0')) {
      if (!this.text.oneOf('[1-9]', isDigitFrom1)) return false;
      while (this.text.oneOf('[0-9]', isDigit));
    }
    this.#attempt(() => {
      if (!this.text.literal('.') || !this.text.oneOf('[0-9]', isDigit)) return undefined;
      while (this.text.oneOf('[0-9]', isDigit));
      return true;
    });
    return true;
  }

  #string(): string | undefined {
    const start = this.text.at;
    for (const mark of ['`', '"']) {
      if (!this.text.literal(mark)) continue;
      while (this.text.not(() => this.text.literal(mark)) && this.text.any());
      if (this.text.literal(mark)) return this.#unquoted(start);
      if (this.text.atEnd()) this.text.problem('string', 'Unterminated string literal');
      this.text.restore(start);
    }
    return undefined;
  }

  #unquoted(start: number): string {
    const value = unquote(this.text.since(start));
    if (value === undefined) this.text.problem('string', 'invalid syntax', start);
    return value ?? '';
  }

  #space(): boolean {
    let found = false;
    while (this.text.oneOf('[ \\t\\r\\n]', isSpace)) found = true;
    return found;
  }

  /** Goes back to the start when nothing was read. */
  #attempt<T>(read: () => T | undefined): T | undefined {
    const start = this.text.at;
    const value = read();
    if (value === undefined) this.text.restore(start);
    return value;
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > depthMax) throw new InputError('INPUT_LIMIT', 'the filter expression is too deep');
    const value = read();
    this.#depth -= 1;
    return value;
  }
}
