import { parseDuration } from '../go/duration.ts';
import { InputError } from '../go/input-error.ts';
import { type JsonNode, JsonNumber, JsonObject } from '../go/json-parse.ts';
import { isList } from '../go/json-value.ts';
import { shownKey } from './key-text.ts';
import type { Shape } from './shape.ts';

/** Where a reader is: the record and the fields on the way to it, which error texts name. */
export interface JsonContext {
  readonly structName: string;
  readonly path: string[];
  /** Inside a decoder whose error texts get the path of the decoder around it. */
  readonly isSealed: boolean;
  /** The first thing that did not fit in what this decoder reads, however deep. */
  readonly noted: { first?: InputError };
}

/** Says what does not fit: a node, or a number as Go describes it. Source: Go encoding/json UnmarshalTypeError. */
export function typeError(found: JsonNode, goType: string, context: JsonContext): InputError {
  // Only the first counts, and an error with its stack costs more than the value that it is about.
  if (context.noted.first !== undefined) return context.noted.first;
  const { structName, path } = context;
  const where = path.length === 0 ? 'value' : `struct field ${structName}.${path.join('.')}`;
  return new InputError(
    'INPUT_TYPE',
    `json: cannot unmarshal ${describe(found)} into Go ${where} of type ${goType}`,
  );
}

/** As {@link typeError}, for a number of the right kind that its type cannot hold. */
export function numberError({ text }: JsonNumber, goType: string, context: JsonContext): InputError {
  if (context.noted.first !== undefined) return context.noted.first;
  const { message } = typeError(new JsonNumber(text), goType, context);
  return new InputError('INPUT_TYPE', message.replace('number', `number ${text}`));
}

function describe(node: JsonNode): string {
  if (node instanceof JsonNumber) return 'number';
  if (node instanceof JsonObject) return 'object';
  if (isList(node)) return 'array';
  return typeof node === 'boolean' ? 'bool' : 'string';
}

/** Reads a node that is not null as a shape that is no container. @throws InputError. */
export function readScalar(shape: Shape, node: JsonNode, context: JsonContext): unknown {
  switch (shape.kind) {
    case 'text':
      // A lone surrogate of JSON is no byte of a key.
      if (typeof node === 'string') return shape.isKey === true ? shownKey(node) : node;
      break;
    case 'bool':
      if (typeof node === 'boolean') return node;
      break;
    case 'bytes':
      return readBytes(node, shape.goType, context);
    case 'float':
      if (node instanceof JsonNumber) return readFloat(node, context);
      break;
    case 'int':
    case 'uint':
    case 'index':
    case 'u64':
      if (node instanceof JsonNumber) return readInteger(shape, node, context);
      break;
  }
  throw typeError(node, shape.goType, context);
}

function readFloat(node: JsonNumber, context: JsonContext): number {
  const value = Number(node.text);
  if (Number.isFinite(value)) return value;
  throw numberError(node, 'float64', context);
}

/** Texts of so many digits fit a safe integer. */
const safeDigitsMax = 15;

function readInteger(shape: Shape, node: JsonNumber, context: JsonContext): number | bigint {
  const { text } = node;
  if (!/^-?\d+$/.test(text)) throw numberError(node, shape.goType, context);
  if (text.length <= safeDigitsMax && shape.kind !== 'u64' && (shape.kind === 'int' || text[0] !== '-')) {
    return Number(text) + 0;
  }
  const digitsMax = 20;
  if (text.length > digitsMax) throw numberError(node, shape.goType, context);
  const value = BigInt(text);
  const held = shape.kind === 'int' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
  if (held !== value || (shape.kind !== 'int' && text[0] === '-')) {
    throw numberError(node, shape.goType, context);
  }
  if (shape.kind === 'u64') return value;
  return shape.kind === 'index' ? Math.min(Number(value), Number.MAX_SAFE_INTEGER) : Number(value);
}

const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function readBytes(node: JsonNode, goType: string, context: JsonContext): Uint8Array {
  if (isList(node)) return Uint8Array.from(node, (item) => readByte(item, context));
  if (typeof node !== 'string') throw typeError(node, goType, context);
  const plain = node.replace(/[\r\n]/g, '');
  if (!base64Text.test(plain)) {
    throw new InputError('INPUT_VALUE', `illegal base64 data at input byte ${illegalAt(node)}`);
  }
  return Uint8Array.from(Buffer.from(plain, 'base64'));
}

function readByte(node: JsonNode, context: JsonContext): number {
  if (node === null) return 0;
  if (!(node instanceof JsonNumber)) throw typeError(node, 'uint8', context);
  const value = /^\d{1,3}$/.test(node.text) ? Number(node.text) : 256;
  if (value > 255) throw numberError(node, 'uint8', context);
  return value;
}

/** Where Go's decoder stops: at the first character out of place, or at the end of what is cut short. */
function illegalAt(text: string): number {
  const at = text.search(/[^A-Za-z0-9+/\r\n]/);
  return at < 0 ? text.length - (text.replace(/[\r\n]/g, '').length % 4) : at;
}

/** Accepts a duration for now, unless its number is out of range; null is absent. @throws InputError INPUT_TYPE. */
export function checkDuration(node: JsonNode, context: JsonContext): JsonNode | bigint {
  if (node instanceof JsonNumber) readFloat(node, context);
  return node ?? 0n;
}

/** Text as a duration, a number as nanoseconds, and anything else as nothing. @throws InputError INPUT_VALUE. */
export function readDuration(value: JsonNode | bigint): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string') return parseDuration(value);
  return value instanceof JsonNumber ? nanoseconds(Number(value.text)) : 0n;
}

/** Go turns what a 64-bit integer cannot hold into the smallest one. */
function nanoseconds(float: number): bigint {
  const value = BigInt(Math.trunc(float));
  return BigInt.asIntN(64, value) === value ? value : -(2n ** 63n);
}
