import { RE2JS, RE2JSException } from 're2js';
import { BoundedMap } from '../../collections/bounded-map.ts';

/** A query has at most 1,024 bytes, so no tool sends a longer expression. */
const expressionLengthMax = 1024;
/**
 * Instructions of a compiled program. Repetition copies: 900 letters repeated 1,000 times are 900,000 instructions,
 * and compiling them blocks the process for a second. A program of this size takes about 50 ms at worst.
 */
const programSizeMax = 65_536;
/** RE2 refuses more repetitions; nested ones multiply. */
const repeatCountMax = 1000;
/** Compiled expressions kept: the same few filters repeat. */
const compiledMax = 64;

/** A compiled expression, or why there is none. */
type Compiled = { readonly program: RE2JS } | { readonly problem: string };

/** Matches tags against RE2 expressions, and keeps the last used ones compiled. */
export class TagExpressions {
  /** The least recently used first. */
  readonly #compiled = new BoundedMap<string, Compiled>(compiledMax);

  /**
   * Whether the expression, in Go's RE2 syntax, matches anywhere in the value. Takes time linear in the value. An
   * expression that RE2 or our bounds refuse matches nothing, as in Serf.
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
    this.#compiled.set(expression, compiled);
    return compiled;
  }
}

function compile(expression: string): Compiled {
  if (expression.length > expressionLengthMax || programSizeBound(expression) > programSizeMax)
    return { problem: 'the expression is too large' };
  try {
    return { program: RE2JS.compile(expression) };
  } catch (error) {
    // Any other error is a bug of ours or of the engine.
    if (!(error instanceof RE2JSException)) throw error;
    return { problem: goErrorText(error.message) };
  }
}

/** Go quotes the faulty part even when it is empty; RE2JS then omits it. */
function goErrorText(problem: string): string {
  return problem.endsWith('`') ? problem : `${problem}: \`\``;
}

/** An upper bound of the expression's instructions. */
function programSizeBound(expression: string): number {
  let repeatCount = 1;
  for (const [, min = '', max = ''] of expression.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    repeatCount *= Math.max(1, Number(min), Number(max));
  }
  return expression.length * Math.min(repeatCount, repeatCountMax);
}
