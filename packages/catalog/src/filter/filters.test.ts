import { expect, test } from 'vitest';
import { filterVectors, ourVerdict } from '../../test/filter-vectors.ts';
import { NodeRecord } from '../records/index.ts';
import { create } from '../records/zero.ts';
import { type Filter, Filters } from './index.ts';

test.each(Object.entries(filterVectors.answers))(
  'filters of %s answer as Consul does',
  async (name, { body }) => {
    const cases = filterVectors.cases.filter(({ endpoint }) => endpoint === name);
    expect(cases.length).toBeGreaterThan(150);
    const differing: unknown[] = [];
    for (const { expression, ids, text } of cases) {
      const ours = await ourVerdict(name, expression, body);
      const theirs = ids === undefined ? { text } : { ids };
      if (JSON.stringify(ours) !== JSON.stringify(theirs)) differing.push({ expression, theirs, ours });
    }
    expect(differing).toEqual([]);
  },
);

test('a filter is compiled once, and after the engine is there without a promise', async () => {
  const filters = new Filters();
  const first = filters.compile(NodeRecord, 'Node matches "^a"');
  expect(first).toBeInstanceOf(Promise);
  const filter = (await first) as Filter<NodeRecord>;
  expect(filters.compile(NodeRecord, 'Node matches "^a"')).toBe(filter);
  expect(filter(create(NodeRecord, { Node: 'alpha' }))).toBe(true);
  expect(filters.compile(NodeRecord, 'Node matches "^b"')).toBeTypeOf('function');
});

test('only so many filters are kept', () => {
  const filters = new Filters();
  const first = filters.compile(NodeRecord, 'Node == n0');
  for (let i = 1; i <= 256; i += 1) void filters.compile(NodeRecord, `Node == n${i}`);
  expect(filters.compile(NodeRecord, 'Node == n256')).toBe(filters.compile(NodeRecord, 'Node == n256'));
  expect(filters.compile(NodeRecord, 'Node == n0')).not.toBe(first);
});

test.each([
  ['parentheses', `${'('.repeat(30_000)}Node == a${')'.repeat(30_000)}`],
  ['parentheses that are not closed', '('.repeat(30_000)],
  ['negations', `${'not '.repeat(10_000)}Node == a`],
  ['characters', `Node == "${'a'.repeat(70_000)}"`],
])('too many %s are refused', (_what, expression) => {
  const compile = () => new Filters().compile(NodeRecord, expression);
  expect(compile).toThrow(expect.objectContaining({ code: 'INPUT_LIMIT' }));
});

test.each(['a'.repeat(1_000), '^[a-z0-9.-]{1,253}$', '^(web|api)-[0-9a-f]{8}(-[0-9a-f]{4}){3}$'])(
  'a regular expression as long as %s is compiled',
  async (expression) => {
    const filter = await new Filters().compile(NodeRecord, `Node matches "${expression}"`);
    expect(filter.isSlow).toBe(true);
  },
);

test.each(['(.?){500}b', '.{1001}', `${'a'.repeat(1_025)}`])(
  'a regular expression that repeats as much as %s is refused',
  async (expression) => {
    const compile = async () => new Filters().compile(NodeRecord, `Node matches "${expression}"`);
    await expect(compile()).rejects.toMatchObject({ code: 'INPUT_FILTER' });
  },
);

test('a filter of a thousand alternatives works', async () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `Node == n${i}`);
  const filter = await new Filters().compile(NodeRecord, names.join(' or '));
  expect(filter(create(NodeRecord, { Node: 'n999' }))).toBe(true);
  expect(filter(create(NodeRecord, { Node: 'n1000' }))).toBe(false);
});

test('parentheses inside one another take no time that grows with their depth', () => {
  const expression = `${'('.repeat(99)}Node == a`;
  expect(() => new Filters().compile(NodeRecord, expression)).toThrow('Unmatched parentheses');
});

test.each([
  'Meta.constructor == x',
  'Meta["__proto__"] == x',
  'toString in Meta',
  'Meta contains constructor',
])('%s is about a key that the map does not have', async (expression) => {
  const filter = await new Filters().compile(NodeRecord, expression);
  expect(filter(create(NodeRecord, { Meta: { os: 'linux' } }))).toBe(false);
});
