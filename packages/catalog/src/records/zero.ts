import { fieldsOf, type Infer, type RecordShape, type Shape } from './shape.ts';

type MakeZero = () => unknown;

const makers = new WeakMap<Shape, MakeZero>();

/** The value that Go gives a variable of this type: what stands for an absent field. Records are fresh every time. */
export function zeroOf<S extends Shape>(shape: S): Infer<S> {
  let make = makers.get(shape);
  if (make === undefined) {
    make = makerOf(shape);
    makers.set(shape, make);
  }
  return make() as Infer<S>;
}

function makerOf(shape: Shape): MakeZero {
  if (shape.kind !== 'record') {
    const zero = scalarZero(shape);
    return () => zero;
  }
  const fields = fieldsOf(shape).map(({ name, shape: value }) => ({ name, make: makerOf(value) }));
  return () => {
    const zero: Record<string, unknown> = {};
    for (const { name, make } of fields) zero[name] = make();
    return zero;
  };
}

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
    default:
      return null;
  }
}

/** A record with the fields given and every other at its zero value. */
export function create<S extends RecordShape>(shape: S, fields: Partial<Infer<S>> = {}): Infer<S> {
  return Object.assign(zeroOf(shape) as object, fields) as Infer<S>;
}

/** Whether JSON leaves the value out of a field that is left out when empty. A record never is. */
export function isEmpty(shape: Shape, value: unknown): boolean {
  switch (shape.kind) {
    case 'list':
    case 'bytes':
      return value === null || (value as ArrayLike<unknown>).length === 0;
    case 'map':
      return value === null || Object.keys(value as object).length === 0;
    case 'record':
      return false;
    default:
      return value === scalarZero(shape);
  }
}
