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

/** A compiled expression, or why there is none. */
type Compiled = { readonly program: RE2JS } | { readonly problem: string };

/** Judges tags by regular expressions; keeps those compiled that were used last. */
export class TagExpressions {
  /** The least recently used first. */
  readonly #compiled = new Map<string, Compiled>();

  /**
   * Whether the expression, as Go's RE2 understands it, occurs in the value. Takes time linear in the value. An
   * expression that RE2 or our bounds refuse matches nothing, as with real peers.
   */
  matches(expression: string, value: string): boolean {
    const compiled = this.#get(expression);
    return 'program' in compiled && compiled.program.matcher(value).find();
  }

  /** Why the expression is refused; undefined when it is not. */
  problem(expression: string): string | undefined {
    const compiled = this.#get(expression);
    return 'problem' in compiled ? compiled.problem : undefined;
  }

  #get(expression: string): Compiled {
    const compiled = this.#compiled.get(expression) ?? compile(expression);
    this.#compiled.delete(expression);
    this.#compiled.set(expression, compiled);
    if (this.#compiled.size > compiledMax) {
      const [oldest = ''] = this.#compiled.keys();
      this.#compiled.delete(oldest);
    }
    return compiled;
  }
}

function compile(expression: string): Compiled {
  if (expression.length > expressionLengthMax || programSizeBound(expression) > programSizeMax)
    return { problem: 'the expression is too large' };
  try {
    return { program: RE2JS.compile(expression) };
  } catch (error) {
    // Anything else is a fault of ours or of the engine, and must be seen.
    if (!(error instanceof RE2JSException)) throw error;
    return { problem: inWordsOfGo(error.message) };
  }
}

/** Go quotes what it stumbled over, also when that is nothing, and RE2JS then does not. */
function inWordsOfGo(problem: string): string {
  return problem.endsWith('`') ? problem : `${problem}: \`\``;
}

/** At least as many instructions as the expression can have. */
function programSizeBound(expression: string): number {
  let repeatCount = 1;
  for (const [, min = '', max = ''] of expression.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    repeatCount *= Math.max(1, Number(min), Number(max));
  }
  return expression.length * Math.min(repeatCount, repeatCountMax);
}
