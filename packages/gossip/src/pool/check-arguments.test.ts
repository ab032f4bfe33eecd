import { expect, test } from 'vitest';
import { requireBytes, requireFilters, requireText } from './check-arguments.ts';

test.each([
  [undefined, 'undefined'],
  [null, 'null'],
  [5, 'a number'],
  [/x/, 'RegExp'],
  [Object.create(null), 'an object'],
])('%s is neither text nor bytes', (value, kind) => {
  expect(() => requireText('a name', value)).toThrow(new TypeError(`a name has to be text, not ${kind}`));
  expect(() => requireBytes('a payload', value)).toThrow(
    new TypeError(`a payload has to be bytes, not ${kind}`),
  );
});

test('text is no bytes, and bytes are no text', () => {
  expect(() => requireBytes('a payload', 'x')).toThrow('a payload has to be bytes, not a string');
  expect(() => requireText('a name', Buffer.from('x'))).toThrow('a name has to be text, not Buffer');
  requireText('a name', '');
  requireBytes('a payload', new Uint8Array(0));
});

test('filters are names and expressions as text', () => {
  requireFilters({});
  requireFilters({ nodes: ['a'], tags: { role: '^web' } });
  // What callers without TypeScript write.
  expect(() => requireFilters({ nodes: 'a' as never })).toThrow('nodes has to be a list, not a string');
  expect(() => requireFilters({ nodes: ['a', 1 as never] })).toThrow('nodes[1] has to be text, not a number');
  expect(() => requireFilters({ tags: { role: /web/ as never } })).toThrow(
    'the expression for "role" has to be text',
  );
});
