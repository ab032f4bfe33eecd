import type { Shape } from '../records/shape.ts';
import type { Expression, Match } from './expression.ts';
import { type Operand, operandOf, requireOperator, shapeAt, shapeInside } from './fields.ts';
import type { TextTest } from './regular-expressions.ts';

/** Whether a record passes the filter. */
export type Test = (record: unknown) => boolean;

/** Compiles a regular expression; undefined where none may stand. */
export type CompileRegularExpression = (expression: string) => TextTest;

/** Whether an expression has a regular expression in it. */
export function hasRegularExpression(expression: Expression): boolean {
  switch (expression.type) {
    case 'match':
      return expression.operator === 'Matches' || expression.operator === 'Not Matches';
    case 'not':
      return hasRegularExpression(expression.operand);
    default:
      return expression.operands.some(hasRegularExpression);
  }
}

/**
 * Holds an expression against the fields of a record and turns it into a function. Problems come in the order of
 * go-bexpr 0.1.2: from left to right, and of one comparison first its selector, then operator, value and expression.
 * @throws InputError INPUT_FILTER with its text.
 */
export function compileExpression(
  shape: Shape,
  expression: Expression,
  compileText: CompileRegularExpression,
): Test {
  switch (expression.type) {
    case 'match':
      return compileMatch(shape, expression, compileText);
    case 'not': {
      const test = compileExpression(shape, expression.operand, compileText);
      return (record) => !test(record);
    }
    case 'and': {
      const tests = expression.operands.map((operand) => compileExpression(shape, operand, compileText));
      return (record) => tests.every((test) => test(record));
    }
    case 'or': {
      const tests = expression.operands.map((operand) => compileExpression(shape, operand, compileText));
      return (record) => tests.some((test) => test(record));
    }
  }
}

function compileMatch(shape: Shape, match: Match, compileText: CompileRegularExpression): Test {
  const leaf = shapeAt(shape, match.selector);
  requireOperator(leaf, match);
  const test = leafTest(leaf, match, compileText);
  return pathTest(shape, match.selector, test, isTrueOfMissing(match));
}

/** What a comparison says of a key that a map does not have. Source: go-bexpr 0.1.2, evaluate.go. */
function isTrueOfMissing({ operator }: Match): boolean {
  return operator !== 'Equal' && operator !== 'Is Not Empty' && operator !== 'In';
}

/** Follows a selector into a value. Any item of a list may pass; what hangs on a nil pointer does not. */
function pathTest(shape: Shape, selector: readonly string[], test: Test, ofMissing: boolean): Test {
  const [name, ...rest] = selector;
  if (name === undefined) return test;
  switch (shape.kind) {
    case 'pointer': {
      const inner = pathTest(shape.target, selector, test, ofMissing);
      return (value) => value !== null && inner(value);
    }
    case 'list': {
      const inner = pathTest(shape.item, selector, test, ofMissing);
      return (value) => value !== null && (value as readonly unknown[]).some(inner);
    }
    case 'map': {
      const inner = pathTest(shape.item, rest, test, ofMissing);
      return (value) => (hasKey(value, name) ? inner((value as Entries)[name]) : ofMissing);
    }
    default: {
      const inner = pathTest(shapeInside(shape, name) ?? shape, rest, test, ofMissing);
      return (value) => inner((value as Entries)[name]);
    }
  }
}

type Entries = Readonly<Record<string, unknown>>;

function hasKey(map: unknown, key: string): boolean {
  return map !== null && Object.hasOwn(map as object, key);
}

function leafTest(shape: Shape, match: Match, compileText: CompileRegularExpression): Test {
  switch (match.operator) {
    case 'Is Empty':
      return (value) => sizeOf(shape, value) === 0;
    case 'Is Not Empty':
      return (value) => sizeOf(shape, value) !== 0;
    case 'Matches':
    case 'Not Matches': {
      const isWanted = match.operator === 'Matches';
      const matches = compileText(match.value);
      return (value) => matches(value as string) === isWanted;
    }
    default: {
      const operand = operandOf(shape, match);
      const isWanted = match.operator === 'Equal' || match.operator === 'In';
      const isIn = match.operator === 'In' || match.operator === 'Not In';
      const test: Test = isIn ? containsTest(shape, operand) : (value) => value === operand;
      return isWanted ? test : (value) => !test(value);
    }
  }
}

function sizeOf(shape: Shape, value: unknown): number {
  if (value === null) return 0;
  return shape.kind === 'map' ? Object.keys(value as object).length : (value as ArrayLike<unknown>).length;
}

function containsTest(shape: Shape, operand: Operand): Test {
  switch (shape.kind) {
    case 'map':
      return (value) => hasKey(value, String(operand));
    case 'text':
      return (value) => (value as string).includes(String(operand));
    default:
      return (value) => value !== null && (value as readonly unknown[]).includes(operand);
  }
}
