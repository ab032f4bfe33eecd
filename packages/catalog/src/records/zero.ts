import { fieldsOf, type Infer, type RecordShape, type Shape } from './shape.ts';

type MakeZero = () => unknown;

const makers = new WeakMap<Shape, MakeZero>();

/**
 * The value that Go gives a variable of this type: what stands for an absent field. A record is fresh every time; the
 * records inside it are frozen and shared, see {@link zeroInside}.
 */
export function zeroOf<S extends Shape>(shape: S): Infer<S> {
  let make = makers.get(shape);
  if (make === undefined) {
    make = makerOf(shape);
    makers.set(shape, make);
  }
  return make() as Infer<S>;
}

const insides = new WeakMap<RecordShape, object>();

/**
 * The zero value of a record inside another one. All records share it: most checks have no definition and most services
 * no proxy, which costs neither memory nor, when they are written, time.
 */
export function zeroInside(shape: RecordShape): object {
  let zero = insides.get(shape);
  if (zero === undefined) {
    zero = Object.freeze(zeroOf(shape) as object);
    insides.set(shape, zero);
  }
  return zero;
}

function makerOf(shape: Shape): MakeZero {
  if (shape.kind !== 'record') {
    const zero = scalarZero(shape);
    return () => zero;
  }
  const fields = fieldsOf(shape).map(({ name, shape: value }) => {
    return { name, zero: value.kind === 'record' ? zeroInside(value) : scalarZero(value) };
  });
  const template = Object.fromEntries(fields.map(({ name, zero }) => [name, zero]));
  // Engines copy a whole object faster than they add its fields.
  return () => ({ ...template });
}

const emptyList: readonly unknown[] = Object.freeze([]);

function scalarZero(shape: Shape): unknown {
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
    case 'list':
      return shape.isNilEmpty ? emptyList : null;
    default:
      return null;
  }
}

/** A record with the fields given and every other at its zero value. */
export function create<S extends RecordShape>(shape: S, fields: Partial<Infer<S>> = {}): Infer<S> {
  return Object.assign(zeroOf(shape) as object, fields) as Infer<S>;
}

/** Whether a value is what JSON leaves out of a field that is left out when empty. A record never is. */
export function emptinessOf(shape: Shape): (value: unknown) => boolean {
  switch (shape.kind) {
    case 'list':
    case 'bytes':
      return (value) => value === null || (value as ArrayLike<unknown>).length === 0;
    case 'map':
      return (value) => value === null || Object.keys(value as object).length === 0;
    case 'record':
      return () => false;
    default: {
      const zero = scalarZero(shape);
      return (value) => value === zero;
    }
  }
}
