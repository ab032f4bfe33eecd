import { InputError } from '../go/input-error.ts';
import { parseInt64, quote } from '../go/strconv.ts';
import { Fault } from './hcl-error.ts';
import type { Entry, Literal, Node } from './tree.ts';

/** A value of a text. Blocks are lists of maps, also where there is one. */
export type HclValue = string | number | boolean | readonly HclValue[] | HclMap;

/** The entries of a text or of one block, in its order. */
export interface HclMap {
  readonly [key: string]: HclValue;
}

/** What a key has so far; the first value decides of what kind the later ones have to be. */
type Slot =
  | Single
  | { readonly kind: 'blocks'; readonly values: HclMap[] }
  | { readonly kind: 'list'; readonly values: HclValue[] };

interface Single {
  readonly kind: Exclude<Literal['type'], 'heredoc'>;
  readonly value: string | number | boolean;
}

/**
 * Joins the entries of a text into plain values. Source: hcl v1.0.0, decoder.go, into a map of Go's `interface{}`: an object that is the
 * value of a key becomes a list with one map, an object inside a list becomes a map, and a key that comes again adds its
 * objects and list elements, or replaces the single value that it had.
 * @throws Fault where values of one key do not go together, or a number is out of range.
 */
export function decodeEntries(entries: readonly Entry[]): HclMap {
  return new Decoder().map(entries);
}

class Decoder {
  /** Entries of all depths so far, and how many of them the values have once more. */
  #entriesCount = 0;
  #repeatedCount = 0;

  map(entries: readonly Entry[]): HclMap {
    const slots = new Map<string, Slot>();
    let groups: ReadonlyMap<string, Group> | undefined;
    this.#entriesCount += entries.length;
    for (const entry of entries) {
      const [key, ...labels] = entry.keys;
      if (key === undefined) throw new Fault(entry.at, 'a block without a label among blocks with one');
      if (labels.length === 0) {
        slots.set(key, this.#join(slots.get(key), entry.value, key));
        continue;
      }
      // The first block of a key brings the others along, in every spelling.
      groups ??= groupEntries(entries);
      const group = groups.get(folded(key));
      if (group === undefined) continue;
      if (group.spellings.has(key)) continue;
      slots.set(key, { kind: 'blocks', values: this.#blocksOf(group, entry) });
      group.spellings.add(key);
    }
    return Object.fromEntries(
      [...slots].map(([key, slot]) => [key, 'values' in slot ? slot.values : slot.value] as const),
    );
  }

  /** The blocks of a group, for one more spelling of its key. */
  #blocksOf(group: Group, { at }: Entry): HclMap[] {
    if (group.decoded === undefined) {
      const before = this.#entriesCount;
      const blocks = group.entries.map((one) => this.map([one]));
      group.decoded = { blocks, entriesCount: this.#entriesCount - before };
    } else {
      this.#entriesCount += group.decoded.entriesCount;
      this.#repeatedCount += group.decoded.entriesCount;
      if (this.#repeatedCount > repeatedMax) {
        throw new Fault(at, 'too many blocks have keys that differ in the case of letters alone');
      }
    }
    return group.decoded.blocks;
  }

  /** A key's value after one more entry. */
  #join(slot: Slot | undefined, node: Node, key: string): Slot {
    switch (slot?.kind) {
      case undefined:
        if (node.type === 'object') return { kind: 'blocks', values: [this.map(node.entries)] };
        if (node.type === 'list') return { kind: 'list', values: this.#elements(node.nodes) };
        return this.#literal(node);
      case 'blocks':
        for (const block of this.#blocks(node, key)) slot.values.push(block);
        return slot;
      case 'list':
        if (node.type === 'object') slot.values.push(this.map(node.entries));
        else if (node.type === 'list')
          for (const value of this.#elements(node.nodes)) slot.values.push(value);
        else throw this.#mismatch(node, key, 'a list');
        return slot;
      case 'text':
        if (node.type === 'text' || node.type === 'heredoc' || node.type === 'integer') {
          return { kind: 'text', value: node.text };
        }
        throw this.#mismatch(node, key, 'a text');
      case 'bool':
        if (node.type === 'bool') return this.#literal(node);
        throw this.#mismatch(node, key, 'true or false');
      case 'integer':
        if (node.type === 'integer' || node.type === 'text') {
          return { kind: 'integer', value: this.#integer(node) };
        }
        throw this.#mismatch(node, key, 'a whole number');
      case 'float':
        if (node.type === 'integer' || node.type === 'float')
          return { kind: 'float', value: this.#float(node) };
        throw this.#mismatch(node, key, 'a number');
    }
  }

  /** More blocks of a key that has some. */
  #blocks(node: Node, key: string): readonly HclMap[] {
    if (node.type === 'object') return [this.map(node.entries)];
    if (node.type !== 'list') throw this.#mismatch(node, key, 'a block');
    return node.nodes.map((one) => {
      if (one.type !== 'object') throw this.#mismatch(one, key, 'a block');
      return this.map(one.entries);
    });
  }

  #elements(nodes: readonly Node[]): HclValue[] {
    return nodes.map((node) => {
      if (node.type === 'object') return this.map(node.entries);
      if (node.type === 'list') return this.#elements(node.nodes);
      return this.#literal(node).value;
    });
  }

  #literal(node: Literal): Single {
    switch (node.type) {
      case 'text':
      case 'heredoc':
        return { kind: 'text', value: node.text };
      case 'bool':
        return { kind: 'bool', value: node.text === 'true' };
      case 'integer':
        return { kind: 'integer', value: this.#integer(node) };
      case 'float':
        return { kind: 'float', value: this.#float(node) };
    }
  }

  #integer(node: Literal): number {
    try {
      return Number(parseInt64(node.text, integerBits));
    } catch (error) {
      if (error instanceof InputError) {
        throw new Fault(node.at, `${quote(node.text)} is no whole number of ${integerBits} bits`);
      }
      throw error;
    }
  }

  #float(node: Literal): number {
    const value = decimal.test(node.text) ? Number(node.text) : Number.NaN;
    if (!Number.isFinite(value)) throw new Fault(node.at, `${quote(node.text)} is no number of 64 bits`);
    return value;
  }

  #mismatch(node: Node, key: string, wanted: string): Fault {
    return new Fault(node.at, `${key} is given again, and not with ${wanted} as before`);
  }
}

/** What `strconv.ParseFloat` reads; a hexadecimal number without an exponent is none. */
const decimal = /^-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const integerBits = 64;
/**
 * Each spelling of a key has the blocks of all others, as in hcl, which makes them again each time: a few lines of nested
 * blocks in two spellings would be millions of values.
 */
const repeatedMax = 100_000;

/** The entries of one key, in any case of letters, without that key. */
interface Group {
  readonly entries: Entry[];
  /** Of its key, as far as they were reached. */
  readonly spellings: Set<string>;
  /** What the entries become, once the first of them is reached, and how many there are at all depths. */
  decoded?: { readonly blocks: HclMap[]; readonly entriesCount: number };
}

function groupEntries(entries: readonly Entry[]): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const entry of entries) {
    const [key = '', ...keys] = entry.keys;
    const group = groups.get(folded(key)) ?? { entries: [], spellings: new Set() };
    groups.set(folded(key), group);
    group.entries.push({ ...entry, keys });
  }
  return groups;
}

/** Equal for keys that differ in the case of letters alone. */
function folded(key: string): string {
  return key.toUpperCase().toLowerCase();
}
