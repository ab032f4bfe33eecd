import { RE2JS, RE2JSException } from 're2js';
import { quote } from '../go/strconv.ts';
import { refusal } from './fields.ts';

/** A longer expression comes from no operator. */
const expressionLengthMax = 1_024;
/** Bounds what is compiled, which repetition multiplies: compiling takes some 50 ms at worst (ADR 0011). */
const programSizeMax = 65_536;
/**
 * As many as the longest expression without repetition has. A text is held against each of them, character by character:
 * at worst some 20 ms for a text of 512 characters.
 */
const instructionsMax = 1_100;
/** RE2 refuses to repeat more often than this, nested repetitions multiplied. */
const repeatCountMax = 1_000;

/** Whether a text has a match in it, in time linear in the text. */
export type TextTest = (text: string) => boolean;

/** Compiles an expression of Go's RE2. @throws InputError INPUT_FILTER with Go's text, or that it is too large. */
export function compileRegularExpression(expression: string): TextTest {
  const problem = `Failed to compile regular expression ${quote(expression)}`;
  if (expression.length > expressionLengthMax || programSizeBound(expression) > programSizeMax) {
    throw refusal(`${problem}: the expression is too large`);
  }
  if (hasNewNamedGroup(expression)) {
    throw refusal(`${problem}: error parsing regexp: invalid or unsupported Perl syntax: \`(?<\``);
  }
  try {
    const program = RE2JS.compile(expression);
    if (program.programSize() > instructionsMax) throw refusal(`${problem}: the expression is too large`);
    return (text) => program.matcher(text).find();
  } catch (error) {
    // Anything else is a fault of ours or of the engine, and must be seen.
    if (!(error instanceof RE2JSException)) throw error;
    // Go quotes what it stumbled over, also when that is nothing, and RE2JS then does not.
    throw refusal(`${problem}: ${error.message}${error.message.endsWith('`') ? '' : ': ``'}`);
  }
}

/** `(?<name>`, which RE2JS knows and Go 1.15 does not; outside of classes and of what is quoted. */
function hasNewNamedGroup(expression: string): boolean {
  const token = /\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]])*\]?|\(\?<|./gsu;
  return [...expression.matchAll(token)].some(([found]) => found === '(?<');
}

/** At least as many instructions as the expression can have. */
function programSizeBound(expression: string): number {
  let repeatCount = 1;
  for (const [, min = '', max = ''] of expression.matchAll(/\{(\d+)(?:,(\d*))?\}/g)) {
    repeatCount *= Math.max(1, Number(min), Number(max));
  }
  return expression.length * Math.min(repeatCount, repeatCountMax);
}
