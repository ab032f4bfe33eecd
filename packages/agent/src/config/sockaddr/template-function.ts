import { quote } from '@hobnob/catalog/go';
import type { InterfaceEntry } from './interface-entry.ts';
import { TemplateFault } from './template-fault.ts';

/** What passes between the functions of a template. */
export type Value = string | number | readonly InterfaceEntry[];

interface ValueOf {
  readonly text: string;
  readonly whole: number;
  /** A whole number that is not negative. */
  readonly natural: number;
  readonly entries: readonly InterfaceEntry[];
}
type Kind = keyof ValueOf;
type ValuesOf<K extends readonly Kind[]> = { -readonly [Index in keyof K]: ValueOf[K[Index]] };

/** Checks the number of arguments and their kinds, and then calls. @throws TemplateFault with the name of the function. */
export type TemplateFunction = (name: string, values: readonly Value[]) => Value;

const goNames: Readonly<Record<Kind, string>> = {
  text: 'string',
  whole: 'integer',
  natural: 'unsigned integer',
  entries: 'sockaddr.IfAddrs',
};

export function defineFunction<const K extends readonly Kind[]>(
  kinds: K,
  call: (...values: ValuesOf<K>) => Value,
): TemplateFunction {
  return (name, values) => {
    if (values.length !== kinds.length) {
      throw new TemplateFault(`wrong number of args for ${name}: want ${kinds.length} got ${values.length}`);
    }
    for (const [index, kind] of kinds.entries()) checkKind(kind, values[index]);
    try {
      // The loop above has checked every value.
      return call(...(values as ValuesOf<K>));
    } catch (error) {
      if (!(error instanceof TemplateFault)) throw error;
      throw new TemplateFault(`error calling ${name}: ${error.message}`);
    }
  };
}

function checkKind(kind: Kind, value: Value | undefined): void {
  if (kindFits(kind, value)) return;
  const isList = typeof value === 'object';
  if (isList || kind === 'entries') {
    const got = isList ? goNames.entries : typeof value === 'number' ? 'int' : 'string';
    throw new TemplateFault(`wrong type for value; expected ${goNames[kind]}; got ${got}`);
  }
  throw new TemplateFault(
    `expected ${goNames[kind]}; found ${typeof value === 'string' ? quote(value) : String(value)}`,
  );
}

function kindFits(kind: Kind, value: Value | undefined): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string';
    case 'whole':
      return typeof value === 'number';
    case 'natural':
      return typeof value === 'number' && value >= 0;
    case 'entries':
      return typeof value === 'object';
  }
}
