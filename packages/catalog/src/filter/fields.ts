import { InputError } from '../go/input-error.ts';
import { parseBool, parseInt64, parseUint64, quote } from '../go/strconv.ts';
import { fieldsOf, type Shape } from '../records/shape.ts';
import type { Match, MatchOperator } from './expression.ts';

/** What filters may say about the values of a shape. Source: go-bexpr 0.1.2, field_config.go and coerce.go. */

const comparing: readonly MatchOperator[] = ['Equal', 'Not Equal'];
const searching: readonly MatchOperator[] = ['In', 'Not In'];
const emptiness: readonly MatchOperator[] = ['Is Empty', 'Is Not Empty'];
const matching: readonly MatchOperator[] = ['Matches', 'Not Matches'];

/** A value of an expression as the field holds it. */
export type Operand = string | boolean | number | bigint;

const scalars: ReadonlySet<Shape['kind']> = new Set([
  'text',
  'bool',
  'int',
  'uint',
  'index',
  'u64',
  'float',
  'duration',
]);

/** The shape that a selector leads to from a record. @throws InputError when a part of it names nothing. */
export function shapeAt(record: Shape, selector: readonly string[]): Shape {
  let shape = record;
  selector.forEach((name, i) => {
    const next = shapeInside(shape, name);
    if (next === undefined) throw refusal(`Selector ${selectorText(selector.slice(0, i + 1))} is not valid`);
    shape = next;
  });
  return shape;
}

/** What `name` selects in a value: a field, a key of a map, and of a list the same in any of its items. */
export function shapeInside(shape: Shape, name: string): Shape | undefined {
  switch (shape.kind) {
    case 'record':
      return fieldsOf(shape).find((entry) => entry.name === name && entry.filter)?.shape;
    case 'pointer':
      return shapeInside(shape.target, name);
    case 'list':
      return scalars.has(shape.item.kind) ? undefined : shapeInside(shape.item, name);
    case 'map':
      return shape.item.kind === 'json' ? undefined : shape.item;
    default:
      return undefined;
  }
}

/** Refuses an operator that the selected field does not have. @throws InputError. */
export function requireOperator(shape: Shape, { operator, selector }: Match): void {
  if (operatorsOf(shape).includes(operator)) return;
  throw refusal(`Invalid match operator ${quote(operator)} for selector ${selectorText(selector)}`);
}

function operatorsOf(shape: Shape): readonly MatchOperator[] {
  if (shape.kind === 'text') return [...comparing, ...searching, ...matching];
  if (scalars.has(shape.kind)) return comparing;
  if (shape.kind === 'map' || shape.kind === 'bytes') return [...emptiness, ...searching];
  if (shape.kind !== 'list') return [];
  return scalars.has(shape.item.kind) ? [...searching, ...emptiness] : emptiness;
}

/** The value of an expression as the field, or an item of the list, holds it. @throws InputError. */
export function operandOf(shape: Shape, { value, selector }: Match): Operand {
  const held = shape.kind === 'list' ? shape.item : shape;
  try {
    return coerced(held, value);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const what = `Failed to coerce value ${quote(value)} for selector ${selectorText(selector)}`;
    throw new InputError('INPUT_FILTER', `${what}: ${error.message}`, { cause: error });
  }
}

function coerced(shape: Shape, value: string): Operand {
  switch (shape.kind) {
    case 'bool':
      return parseBool(value);
    case 'int':
      return Number(parseInt64(value, 64));
    case 'duration':
      return parseInt64(value, 64);
    case 'uint':
    case 'index':
      return Number(parseUint64(value, 64));
    case 'u64':
      return parseUint64(value, 64);
    case 'float':
      return parseFloat64(value);
    default:
      return value;
  }
}

function parseFloat64(text: string): number {
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  throw new InputError('INPUT_VALUE', `strconv.ParseFloat: parsing ${quote(text)}: invalid syntax`);
}

function selectorText(selector: readonly string[]): string {
  return quote(selector.join('.'));
}

/** An expression that does not fit the records it is for. */
export function refusal(message: string): InputError {
  return new InputError('INPUT_FILTER', message);
}
