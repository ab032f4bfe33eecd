import { InputError } from '../go/input-error.ts';
import type { Infer, RecordShape } from '../records/shape.ts';
import { compileExpression, hasRegularExpression, type Test } from './compile.ts';
import type { Expression } from './expression.ts';
import { refusal } from './fields.ts';
import { parseExpression } from './parse.ts';

/** Whether a record passes a filter. */
export interface Filter<T> {
  (record: T): boolean;
  /**
   * Whether a single record may take milliseconds, as one with a long text and a regular expression made for it does:
   * others are to run between two records.
   */
  readonly isSlow: boolean;
}

/** How an expression is compiled. */
export interface FilterOptions {
  /**
   * When the expression is held against the fields. `at-once`: when it is compiled. `first-record`: when the first
   * record comes, with the error thrown then, and never when there is none; /v1/agent/checks does so. Default `at-once`.
   */
  readonly check?: 'at-once' | 'first-record';
}

/** Compiled filters that are kept, over all kinds of records. */
const keptMax = 256;
/** A longer expression is compiled each time. */
const keptLengthMax = 2_048;

/**
 * Compiles `?filter=` expressions as Consul 1.8.7 understands them, and keeps those that were used last. The engine for
 * regular expressions is loaded when the first one comes.
 */
export class Filters {
  /** By kind of record, then by text; over all kinds the least recently used first. */
  readonly #kept = new Map<string, Filter<unknown>>();
  readonly #shapeKeys = new WeakMap<RecordShape, number>();
  #shapesCount = 0;
  #engine: typeof import('./regular-expressions.ts') | undefined;

  /**
   * The filter of an expression that is not empty; a promise only while the engine of a regular expression is loaded.
   * @throws InputError INPUT_FILTER with Consul's text; INPUT_LIMIT when it is too long or too deep.
   */
  compile<S extends RecordShape>(
    shape: S,
    text: string,
    { check = 'at-once' }: FilterOptions = {},
  ): Filter<Infer<S>> | Promise<Filter<Infer<S>>> {
    const key = `${this.#keyOf(shape)} ${check} ${text}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined) return this.#keep(key, kept);
    const expression = prefixed(() => parseExpression(text));
    if (hasRegularExpression(expression) && this.#engine === undefined) {
      return this.#load().then(() => this.#keep(key, this.#filterOf(shape, expression, check)));
    }
    return this.#keep(key, this.#filterOf(shape, expression, check));
  }

  #filterOf(shape: RecordShape, expression: Expression, check: 'at-once' | 'first-record'): Filter<unknown> {
    const isSlow = hasRegularExpression(expression);
    return Object.assign(this.#testOf(shape, expression, check), { isSlow });
  }

  #testOf(shape: RecordShape, expression: Expression, check: 'at-once' | 'first-record'): Test {
    const compile = () =>
      compileExpression(shape, expression, (source) => {
        if (this.#engine === undefined) throw refusal('regular expressions are not loaded');
        return this.#engine.compileRegularExpression(source);
      });
    if (check === 'at-once') return prefixed(compile);
    let test: Test | undefined;
    return (record) => {
      test ??= compile();
      return test(record);
    };
  }

  async #load(): Promise<void> {
    this.#engine = await import('./regular-expressions.ts');
  }

  #keep(key: string, filter: Filter<unknown>): Filter<unknown> {
    if (key.length > keptLengthMax) return filter;
    this.#kept.delete(key);
    this.#kept.set(key, filter);
    if (this.#kept.size > keptMax) {
      const [oldest = ''] = this.#kept.keys();
      this.#kept.delete(oldest);
    }
    return filter;
  }

  #keyOf(shape: RecordShape): number {
    let key = this.#shapeKeys.get(shape);
    if (key === undefined) {
      this.#shapesCount += 1;
      key = this.#shapesCount;
      this.#shapeKeys.set(shape, key);
    }
    return key;
  }
}

/** Consul says first what failed. */
function prefixed<T>(compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (!(error instanceof InputError) || error.code !== 'INPUT_FILTER') throw error;
    const message = `Failed to create boolean expression evaluator: ${error.message}`;
    throw new InputError('INPUT_FILTER', message, { cause: error });
  }
}
