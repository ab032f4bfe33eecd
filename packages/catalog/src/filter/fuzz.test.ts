import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arbitraryOf } from '../../test/arbitrary.ts';
import { filterVectors } from '../../test/filter-vectors.ts';
import { InputError } from '../go/input-error.ts';
import { CheckServiceNode } from '../records/index.ts';
import { Filters } from './index.ts';
import { parseExpression } from './parse.ts';

const expressions = [...new Set(filterVectors.cases.map(({ expression }) => expression))];
const pieces = fc.constantFrom(
  ...[
    'Node',
    'Checks',
    'Service',
    'Meta',
    'Tags',
    '.',
    '[',
    ']',
    '"',
    '`',
    '(',
    ')',
    '==',
    '!=',
    'in',
    'not',
  ],
  ...[
    'and',
    'or',
    'is',
    'empty',
    'contains',
    'matches',
    ' ',
    '\n',
    '\\',
    '1',
    '-',
    '0.5',
    'é',
    '"a"',
    '"^a+$"',
  ],
);
const anyExpression = fc.oneof(
  fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join(' ')),
  fc.array(pieces, { maxLength: 20 }).map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom(...expressions), fc.nat(), fc.string({ unit: 'binary', maxLength: 2 }))
    .map(
      ([text, at, inserted]) =>
        text.slice(0, at % (text.length + 1)) + inserted + text.slice((at % (text.length + 1)) + 1),
    ),
);

test('any expression is compiled or refused, and judges any record', async () => {
  const filters = new Filters();
  await filters.compile(CheckServiceNode, 'Node.Node matches "^a"');
  await fc.assert(
    fc.asyncProperty(anyExpression, arbitraryOf(CheckServiceNode), async (expression, record) => {
      try {
        const filter = await filters.compile(CheckServiceNode, expression);
        expect(filter(record)).toBeTypeOf('boolean');
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }),
  );
});

test('not and the operators that end in not are opposites, except for what a map does not have', async () => {
  const filters = new Filters();
  const opposites = [
    ['Node.Node == a', 'Node.Node != a'],
    ['Service.Tags contains a', 'Service.Tags not contains a'],
    ['a in Service.Meta', 'a not in Service.Meta'],
    ['Checks is empty', 'Checks is not empty'],
  ] as const;
  for (const [positive, negative] of opposites) {
    const [is, isNot, not] = await Promise.all(
      [positive, negative, `not ${positive}`].map((text) => filters.compile(CheckServiceNode, text)),
    );
    fc.assert(
      fc.property(arbitraryOf(CheckServiceNode), (record) => {
        expect(isNot?.(record)).toBe(!is?.(record));
        expect(not?.(record)).toBe(!is?.(record));
      }),
    );
  }
});

test.each([
  ['selectors', 'a["b"]'.repeat(8_000)],
  ['open indexes', 'a["b"'.repeat(8_000)],
  ['negations in a row', 'not '.repeat(99)],
  ['and', 'a and '.repeat(8_000)],
  ['quotes', '"'.repeat(60_000)],
  ['brackets', '['.repeat(60_000)],
  ['texts that are wrong inside', 'a == "\\q" and '.repeat(4_000)],
  ['spaces', ' '.repeat(60_000)],
])('many %s are judged at once', (_what, expression) => {
  const start = performance.now();
  expect(() => parseExpression(expression)).toThrow(InputError);
  expect(performance.now() - start).toBeLessThan(2_000);
});
