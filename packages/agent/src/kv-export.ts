import { InputError, type JsonNode, JsonNumber, JsonObject, parseWholeJson } from '@hobnob/catalog/go';

/** One entry of what `kv export` writes; `value` is base64, `flags` has 64 bits. */
export interface ExportedEntry {
  readonly key: string;
  readonly flags: bigint;
  readonly value: string;
  /** Of Consul Enterprise; '' for none. */
  readonly namespace: string;
}

/** The entries, or why the text is none: the sentence of Go's JSON package. */
export type ExportedEntries =
  | { readonly ok: true; readonly entries: readonly ExportedEntry[] }
  | { readonly ok: false; readonly problem: string };

/**
 * Reads what `kv export` writes. Keys of objects count in any case, unknown ones are passed over. Pure.
 * Source: Consul 1.8.7 command/kv/impexp, Entry, and Go's encoding/json.
 */
export function parseExportedEntries(bytes: Uint8Array): ExportedEntries {
  try {
    const node = parseWholeJson(bytes);
    if (node === null) return { ok: true, entries: [] };
    if (!isList(node)) throw mismatch(node, 'value of type []*impexp.Entry');
    return { ok: true, entries: node.map(entryOf) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { ok: false, problem: error.message };
  }
}

function entryOf(node: JsonNode): ExportedEntry {
  // The command of Consul crashes on null.
  if (!(node instanceof JsonObject)) throw mismatch(node, 'value of type impexp.Entry');
  const fieldOf = (name: string): JsonNode =>
    node.values[node.keys.findLastIndex((key) => key.toLowerCase() === name)] ?? null;
  const textOf = (name: string): string => {
    const value = fieldOf(name);
    if (value === null || typeof value === 'string') return value ?? '';
    throw mismatch(value, `struct field Entry.${name} of type string`);
  };
  return {
    key: textOf('key'),
    flags: flagsOf(fieldOf('flags')),
    value: textOf('value'),
    namespace: textOf('namespace'),
  };
}

function flagsOf(node: JsonNode): bigint {
  const field = 'struct field Entry.flags of type uint64';
  if (node === null) return 0n;
  if (!(node instanceof JsonNumber)) throw mismatch(node, field);
  const isUint64 =
    /^\d{1,20}$/.test(node.text) && BigInt.asUintN(64, BigInt(node.text)) === BigInt(node.text);
  if (isUint64) return BigInt(node.text);
  throw new InputError('INPUT_TYPE', `json: cannot unmarshal number ${node.text} into Go ${field}`);
}

function mismatch(node: JsonNode, target: string): InputError {
  return new InputError('INPUT_TYPE', `json: cannot unmarshal ${kindOf(node)} into Go ${target}`);
}

function kindOf(node: JsonNode): string {
  if (node === null) return 'null';
  if (node instanceof JsonNumber) return 'number';
  if (node instanceof JsonObject) return 'object';
  if (isList(node)) return 'array';
  return typeof node === 'boolean' ? 'bool' : 'string';
}

function isList(node: JsonNode): node is readonly JsonNode[] {
  return Array.isArray(node);
}
