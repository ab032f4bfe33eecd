import { RE2JS, RE2JSException } from 're2js';

/** An expression travels in a query of at most 1,024 bytes. What is longer comes from nobody's tool. */
const expressionLengthMax = 1024;
/**
 * Bounds the compiled program. Repetition copies: 900 letters 1,000 times over are 900,000 instructions, and
 * compiling them stops this process for a second. An expression of this size takes some 50 ms at worst.
 */
const programSizeMax = 65_536;
/** RE2 refuses to repeat more often than this, nested repetitions multiplied. */
const repeatCountMax = 1000;
/** The same few filters come again and again. */
const compiledMax = 64;

/** Judges tags by regular expressions; keeps those compiled that were used last. */
export class TagExpressions {
  /** The least recently used first; undefined for those that are refused. */
  readonly #compiled = new Map<string, RE2JS | undefined>();

  /**
   * Whether the expression, as Go's RE2 understands it, occurs in the value. Takes time linear in the value. An
   * expression that RE2 or our bounds refuse matches nothing, as with real peers.
   */
  matches(expression: string, value: string): boolean {
    return this.#get(expression)?.matcher(value).find() ?? false;
  }

  #get(expression: string): RE2JS | undefined {
    const isKnown = this.#compiled.has(expression);
    const compiled = isKnown ? this.#compiled.get(expression) : compile(expression);
    this.#compiled.delete(expression);
    this.#compiled.set(expression, compiled);
    if (this.#compiled.size > compiledMax) {
      const [oldest = ''] = this.#compiled.keys();
      this.#compiled.delete(oldest);
    }
    return compiled;
  }
}

function compile(expression: string): RE2JS | undefined {
  if (expression.length > expressionLengthMax || programSizeBound(expression) > programSizeMax)
    return undefined;
  try {
    return RE2JS.compile(expression);
  } catch (error) {
    // Anything else is a fault of ours or of the engine, and must be seen.
    if (!(error instanceof RE2JSException)) throw error;
    return undefined;
  }
}

/** At least as many instructions as the expression can have. */
function programSizeBound(expression: string): number {
  let repeatCount = 1;
  for (const [, min = '', max = ''] of expression.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    repeatCount *= Math.max(1, Number(min), Number(max));
  }
  return expression.length * Math.min(repeatCount, repeatCountMax);
}
