import { quote } from '@hobnob/catalog/go';
import { backtrackingBits } from './backtracking.ts';
import { TemplateFault } from './template-fault.ts';

/** What Go and JavaScript read differently, or only one of them knows. */
const notShared = /\(\?(?!:)|\\(?![dDwWsSbBtnrfv])\w|\[\^?\]|\[\^?\[[:.=]/;

/** So many ways are tried in some milliseconds; four repetitions without an end in a row are fewer. */
const backtrackingBitsMax = 24;

/**
 * Compiles an expression of the operator's own. What means the same to Go is taken, and the rest is refused, because the
 * configuration is read synchronously and the engine of Go's expressions is loaded only when a request needs it (ADR 0011).
 * @throws TemplateFault naming `what` is searched.
 */
export function compileExpression(what: string, expression: string): (text: string) => boolean {
  const ignoresCase = expression.startsWith('(?i)');
  const body = ignoresCase ? expression.slice('(?i)'.length) : expression;
  if (notShared.test(body)) {
    throw new TemplateFault(
      `${what} regexp ${quote(expression)} uses syntax that is not evaluated here: write it with plain characters, classes, groups and repetition`,
    );
  }
  let compiled: RegExp;
  try {
    compiled = new RegExp(body, ignoresCase ? 'i' : '');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new TemplateFault(`Unable to compile ${what} regexp ${quote(expression)}: ${error.message}`);
  }
  if (backtrackingBits(body) > backtrackingBitsMax) {
    throw new TemplateFault(
      `${what} regexp ${quote(expression)} may take too long here: write it with fewer repetitions, and none inside another`,
    );
  }
  return (text) => compiled.test(text);
}
