import type { Entry, Node } from './tree.ts';

/**
 * Entries of JSON as HCL would write them: a key whose value is an object of objects becomes one block for each, with the inner
 * key as a label; a key whose value is a list of objects becomes one block for each. Source: hcl v1.0.0, json/parser/flatten.go.
 */
export function withLabels(entries: readonly Entry[]): readonly Entry[] {
  return entries.flatMap(unfold).map((entry) => ({ ...entry, value: inside(entry.value) }));
}

function unfold(entry: Entry): readonly Entry[] {
  const { value, keys } = entry;
  if (value.type === 'object' && value.entries.length > 0) {
    if (!value.entries.every((inner) => inner.value.type === 'object')) return [entry];
    return value.entries.flatMap((inner) =>
      unfold({ ...entry, keys: [...keys, ...inner.keys], value: inner.value }),
    );
  }
  if (value.type === 'list' && value.nodes.length > 0) {
    if (!value.nodes.every((node) => node.type === 'object')) return [entry];
    return value.nodes.flatMap((node) => unfold({ ...entry, value: node }));
  }
  return [entry];
}

function inside(node: Node): Node {
  if (node.type === 'object') return { ...node, entries: withLabels(node.entries) };
  return node.type === 'list' ? { ...node, nodes: node.nodes.map(inside) } : node;
}
