import { fieldsOf, type Infer, type RecordShape, type Shape } from './shape.ts';

const emptyPrototype: object = Object.freeze(Object.create(null));

/** Makes objects without `Object.prototype`, which V8 keeps as fast as literals. */
const TextMap = function TextMap() {
  // Nothing to set up.
} as unknown as new <T>() => Record<string, T>;
TextMap.prototype = emptyPrototype;

/**
 * A map from text to values that inherits nothing: a key of a client, `constructor` or `__proto__` too, is a key.
 */
export function newMap<T>(): Record<string, T> {
  return new TextMap<T>();
}

/** The value that Go gives a variable of this type: what stands for an absent field. Records are fresh every time. */
export function zeroOf<S extends Shape>(shape: S): Infer<S> {
  return zeroValue(shape) as Infer<S>;
}

function zeroValue(shape: Shape): unknown {
  switch (shape.kind) {
    case 'text':
      return '';
    case 'bool':
      return false;
    case 'int':
    case 'uint':
    case 'index':
    case 'float':
      return 0;
    case 'u64':
    case 'duration':
      return 0n;
    case 'record':
      return zeroRecord(shape);
    default:
      return null;
  }
}

function zeroRecord(shape: RecordShape): Record<string, unknown> {
  const zero: Record<string, unknown> = {};
  for (const { name, shape: value } of fieldsOf(shape)) zero[name] = zeroValue(value);
  return zero;
}

/** A record with the fields given and every other at its zero value. */
export function create<S extends RecordShape>(shape: S, fields: Partial<Infer<S>> = {}): Infer<S> {
  return Object.assign(zeroRecord(shape), fields) as Infer<S>;
}
